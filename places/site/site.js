// Filters the list of places. Without it the list is whole.
(function () {
  const form = document.querySelector("form.filter");
  if (!form) return;
  const find = form.querySelector("input[type=search]");
  const found = form.querySelector(".found");
  const sections = [...document.querySelectorAll(".list .state")];
  const plain = (text) => text.toLowerCase().replace(/[^a-z0-9]+/g, " ").trim();

  function filter() {
    const words = plain(find.value).split(" ").filter(Boolean);
    const group = form.elements.group.value;
    let shown = 0, all = 0;
    for (const section of sections) {
      let any = false;
      for (const row of section.querySelectorAll("li")) {
        const name = row.dataset.name;
        const fits = (!group || row.dataset.group === group) && words.every((word) => name.includes(word));
        row.hidden = !fits;
        any = any || fits;
        all += 1;
        shown += fits ? 1 : 0;
      }
      section.hidden = !any;
    }
    found.textContent = shown === all ? `All ${all} are shown.`
      : shown === 0 ? "Nothing found. That is no proof that a place has no ban." : `${shown} of ${all} are shown.`;
  }

  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  filter();
})();
