// Each kind of manifest gives the packages it names, and where.
#include "sweep/packages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sweep {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

std::vector<std::string> Names(std::string_view path, std::string_view text) {
  std::vector<std::string> names;
  for (const PackageUse& use : ReadPackages(path, text)) {
    EXPECT_LE(use.offset, text.size());
    names.push_back(std::string(EcosystemName(use.ecosystem)) + " " + use.name);
  }
  return names;
}

TEST(Python, Requirements) {
  EXPECT_THAT(Names("requirements-dev.txt",
                    "# deepface\nFace_Recognition[x]>=1 ; python_version > '3'\n-r "
                    "other.txt\ngit+https://x/y\nnumpy\nb @ https://h/b.whl\n"),
              ElementsAre("pypi face-recognition", "pypi numpy", "pypi b"));
}

TEST(Python, LocksAndProjects) {
  EXPECT_THAT(
      Names(
          "Pipfile.lock",
          R"({"_meta": {"requires": {"x": "1"}}, "default": {"deepface": {"version": "==1"}}, "develop": {"fer": {}}})"),
      ElementsAre("pypi deepface", "pypi fer"));
  EXPECT_THAT(
      Names("poetry.lock", "[[package]]\nname = \"a.b\"\n[package.dependencies]\nc = \"1\"\n"),
      ElementsAre("pypi a-b"));
  EXPECT_THAT(Names("pyproject.toml",
                    "[project]\nname='me'\ndependencies=['a>1']\n[project.optional-dependencies]"
                    "\nx=['b']\n[tool.poetry.group.dev.dependencies]\nc='1'\n"),
              testing::UnorderedElementsAre("pypi me", "pypi a", "pypi b", "pypi c"));
  EXPECT_THAT(
      Names("setup.py",
            "setup(name='x', install_requires=['a>=1', \"b\"], extras_require={'c': ['d']})"),
      ElementsAre("pypi a", "pypi b"));
  EXPECT_THAT(
      Names("setup.cfg",
            "[options]\ninstall_requires =\n  a>=1\n  b\n[options.extras_require]\nx = c\n"),
      ElementsAre("pypi a", "pypi b"));
}

TEST(Python, InstalledMetadata) {
  EXPECT_THAT(Names("lib/a-1.dist-info/METADATA",
                    "Metadata-Version: 2.1\nName: A\nRequires-Dist: b (>=1)\nRequires-Dist: c ; "
                    "extra == 'x'\n\nName: prose\n"),
              ElementsAre("pypi a", "pypi b"));
  EXPECT_THAT(Names("METADATA", "Name: A\n"), IsEmpty());
}

TEST(Npm, AllLocks) {
  EXPECT_THAT(
      Names(
          "package.json",
          R"({"name": "me", "dependencies": {"@s/a": "1", "b": "npm:c@2"}, "scripts": {"d": "1"}})"),
      ElementsAre("npm me", "npm @s/a", "npm b", "npm c"));
  EXPECT_THAT(
      Names(
          "package-lock.json",
          R"({"packages": {"": {"dependencies": {"z": "1"}}, "node_modules/a/node_modules/@s/b": {}}})"),
      Contains("npm @s/b"));
  EXPECT_THAT(Names("package-lock.json", R"({"dependencies": {"a": {"dependencies": {"b": {}}}}})"),
              ElementsAre("npm a", "npm b"));
  EXPECT_THAT(Names("yarn.lock",
                    "# yarn\n\"@s/a@^1\", \"@s/a@^2\":\n  dependencies:\n    c \"1\"\n\nb@^1:\n  "
                    "version \"1\"\n"),
              ElementsAre("npm @s/a", "npm b"));
  EXPECT_THAT(Names("pnpm-lock.yaml",
                    "importers:\n  x:\n\npackages:\n\n  /@s/a/1.2.3:\n    dev: true\n  "
                    "'@s/b@2.0.0(c@1)':\n  d@1.0.0:\n"),
              ElementsAre("npm @s/a", "npm @s/b", "npm d"));
}

TEST(Java, AllKinds) {
  EXPECT_THAT(Names("pom.xml",
                    "<project><dependencies>\n<dependency><groupId>g</groupId><artifactId>a</"
                    "artifactId></dependency></dependencies></project>"),
              ElementsAre("maven g:a"));
  EXPECT_THAT(Names("META-INF/maven/g/a/pom.properties", "#x\ngroupId=g\nartifactId=a\n"),
              ElementsAre("maven g:a"));
  EXPECT_THAT(Names("gradle.lockfile", "# x\ng:a:1=compile\nempty=\n"), ElementsAre("maven g:a"));
  EXPECT_THAT(Names("build.gradle.kts",
                    "implementation(\"g:a:1\")\n// api 'x:y:1'\ncompile group: 'h', name: 'b'\nurl "
                    "'https://x'\n"),
              ElementsAre("maven g:a", "maven h:b"));
  EXPECT_THAT(Names("libs.versions.toml",
                    "[libraries]\na = { module = \"g:a\", version = \"1\" }\nb = \"h:b:2\"\n"),
              ElementsAre("maven g:a", "maven h:b"));
}

TEST(NuGet, AllKinds) {
  EXPECT_THAT(
      Names("x.csproj",
            "<Project><ItemGroup><PackageReference Include=\"A.B\" /></ItemGroup></Project>"),
      ElementsAre("nuget a.b"));
  EXPECT_THAT(Names("packages.config", "<packages><package id=\"A\" version=\"1\" /></packages>"),
              ElementsAre("nuget a"));
  EXPECT_THAT(
      Names(
          "packages.lock.json",
          R"({"dependencies": {"net6.0": {"A": {"resolved": "1", "dependencies": {"B": "1"}}}}})"),
      testing::IsSupersetOf({"nuget a", "nuget b"}));
}

TEST(Native, AllKinds) {
  EXPECT_THAT(Names("go.mod", "module a.org/m\nrequire (\n\tb.org/x/y v1\n)\n// c.org/z\n"),
              ElementsAre("go a.org/m", "go b.org/x/y"));
  EXPECT_THAT(Names("go.sum", "b.org/x v1 h1:x=\n"), ElementsAre("go b.org/x"));
  EXPECT_THAT(Names("Cargo.toml",
                    "[package]\nname='me'\n[dependencies]\na_b='1'\n[target.'cfg(unix)'."
                    "dependencies]\nc={package='d',version='1'}\n"),
              testing::UnorderedElementsAre("cargo me", "cargo a-b", "cargo c", "cargo d"));
  EXPECT_THAT(Names("conanfile.txt", "[requires]\na/1.0\n[generators]\nb/1.0\n"),
              ElementsAre("conan a"));
  EXPECT_THAT(Names("conanfile.py",
                    "class C:\n    requires = \"a/1.0\"\n    url = 'b/c'\n    def "
                    "requirements(self):\n        self.requires('d/2@u/c')\n"),
              ElementsAre("conan a", "conan d"));
  EXPECT_THAT(Names("conan.lock", R"({"requires": ["a/1.0#x"]})"), ElementsAre("conan a"));
  EXPECT_THAT(Names("var/lib/dpkg/status",
                    "Package: a\nStatus: install ok installed\nDepends: b (>= 1), c | "
                    "d\n\nPackage: e\nStatus: deinstall ok config-files\n"),
              testing::UnorderedElementsAre("debian a", "debian b", "debian c", "debian d"));
  EXPECT_THAT(Names("Podfile", "pod 'A/B', '~> 1'\n# pod 'C'\n"), ElementsAre("cocoapods A/B"));
  EXPECT_THAT(Names("Podfile.lock", "PODS:\n  - A/B (1.0):\n    - C (= 1)\n"),
              ElementsAre("cocoapods A/B", "cocoapods C"));
}

TEST(Packages, WhatIsBrokenIsSkipped) {
  EXPECT_TRUE(IsManifest("x/package.json"));
  EXPECT_FALSE(IsManifest("x/packages.json"));
  EXPECT_THAT(Names("package.json", "{\"dependencies\": {\"a\": \"1\", "), ElementsAre("npm a"));
  EXPECT_THAT(Names("Cargo.lock", "[[package"), IsEmpty());
  EXPECT_THAT(Names("pom.xml", "<project><dep"), IsEmpty());
  EXPECT_THAT(Names("package.json", std::string(100'000, '[')), IsEmpty());
}

}  // namespace
}  // namespace sweep
