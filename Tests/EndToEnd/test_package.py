"""The Debian package as tools/deb builds it. Tests/Lab installs it."""

import gzip
import os
import pathlib
import re
import shutil
import subprocess
import xml.etree.ElementTree

import pytest

from programs import ARCHIVER, PROGRAM, REPOSITORY
from test_api_documents import FILES, SIDECAR
from waiting import TIMEOUT

PACKAGING = REPOSITORY / "packaging"
SCRIPTS = ("preinst", "postinst", "prerm", "postrm")
HAS_ARCHIVER = os.access(ARCHIVER, os.X_OK)

pytestmark = pytest.mark.skipif(not shutil.which("dh"), reason="debhelper is not installed")


def run(*command, **options):
    return subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, check=False, **{"timeout": 4 * TIMEOUT} | options)


def output(*command):
    result = run(*command)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """Builds all packages from the program under test. Fast compression does not change what is tested."""
    folder = tmp_path_factory.mktemp("packages")
    built = run(
        REPOSITORY / "tools/deb",
        env=dict(
            os.environ, BINARY=PROGRAM, OUTPUT=str(folder), DEB_COMPRESSION="-Zgzip -z1", APIDOCS=str(SIDECAR),
            MONGODB=ARCHIVER if HAS_ARCHIVER else ""))
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


@pytest.fixture(scope="module")
def package(packages):
    return next(packages.glob("leadville-gateway_*.deb"))


@pytest.fixture(scope="module")
def files(package, tmp_path_factory):
    """What the package installs, unpacked."""
    folder = tmp_path_factory.mktemp("files")
    output("dpkg-deb", "--extract", package, folder)
    return folder


@pytest.fixture(scope="module")
def control(package, tmp_path_factory):
    """Its control files, unpacked."""
    folder = tmp_path_factory.mktemp("control")
    output("dpkg-deb", "--control", package, folder)
    return folder


def field(package, name):
    return output("dpkg-deb", "--field", package, name).strip()


def test_the_version_is_that_of_the_program(package):
    version = output(PROGRAM, "version").splitlines()[0].split()[1]
    assert field(package, "Version") == f"{version}-1"
    assert package.name.startswith(f"leadville-gateway_{version}-1_")


def test_the_libraries_and_the_kill_command_are_dependencies(package):
    names = {re.split(r"[ (]", dependency)[0] for dependency in field(package, "Depends").split(", ")}
    assert {"procps", "libc6", "libsqlite3-0", "libudev1", "liburing2", "libyaml-0-2", "zlib1g"} <= names


@pytest.mark.parametrize("path, mode", [
    ("usr/bin/leadville-gateway", 0o755),
    ("etc/leadville-gateway.yaml", 0o644),
    ("etc/avahi/services/leadville-gateway.service", 0o644),
    ("lib/systemd/system/leadville-gateway.service", 0o644),
    ("lib/udev/rules.d/60-leadville-gateway.rules", 0o644),
    ("usr/lib/sysusers.d/leadville-gateway.conf", 0o644),
    ("usr/share/man/man1/leadville-gateway.1.gz", 0o644),
    ("usr/share/bash-completion/completions/leadville-gateway", 0o644),
    ("usr/share/zsh/vendor-completions/_leadville-gateway", 0o644),
    ("usr/share/fish/vendor_completions.d/leadville-gateway.fish", 0o644),
    ("usr/share/doc/leadville-gateway/README.md", 0o644),
    ("usr/share/doc/leadville-gateway/docs/install-pi.md", 0o644),
    ("usr/share/doc/leadville-gateway/changelog.gz", 0o644),
    ("usr/share/doc/leadville-gateway/changelog.Debian.gz", 0o644),
    ("usr/share/doc/leadville-gateway/copyright", 0o644),
])
def test_every_file_is_in_its_place(files, path, mode):
    # Newer releases of Debian have these folders below /usr only.
    found = files / path if (files / path).exists() else files / "usr" / path
    assert found.stat().st_mode & 0o7777 == mode


def test_settings_are_kept_when_the_package_is_upgraded(control):
    assert (control / "conffiles").read_text().split() == [
        "/etc/avahi/services/leadville-gateway.service", "/etc/leadville-gateway.yaml"]


def test_the_debug_symbols_are_in_a_package_of_their_own(packages, files):
    program = files / "usr/bin/leadville-gateway"
    assert "no symbols" in run("nm", program).stderr
    build_id = re.search(r"Build ID: (\w{2})(\w+)", output("readelf", "--notes", program))
    symbols = next(packages.glob("leadville-gateway-dbgsym_*.deb"))
    assert f"/usr/lib/debug/.build-id/{build_id[1]}/{build_id[2]}.debug" in output("dpkg-deb", "--contents", symbols)


def test_swagger_ui_and_redoc_are_in_a_package_of_their_own(packages, files, tmp_path):
    package, = packages.glob("leadville-gateway-apidocs_*_all.deb")
    output("dpkg-deb", "--extract", package, tmp_path)
    directory = re.search(r'^  #api_pages: "?([^"\s]+)"?$', output(PROGRAM, "default-config"), re.MULTILINE)[1]
    installed = tmp_path / directory.removeprefix("/")
    assert {path.name: path.read_bytes() for path in installed.iterdir()} == {
        pathlib.Path(name).name: (SIDECAR / name).read_bytes() for name in FILES}
    text = (tmp_path / "usr/share/doc/leadville-gateway-apidocs/copyright").read_text()
    for licence in ("Apache-2.0", "Expat"):
        assert f"License: {licence}\n" in text
    assert "Rebilly" in text and "SmartBear" in text
    assert not (files / directory.removeprefix("/")).exists()


@pytest.fixture(scope="module")
def mongodb(packages, tmp_path_factory):
    """The package with the copy in MongoDB, and what it installs."""
    if not HAS_ARCHIVER:
        pytest.skip("leadville-gateway-mongodb is not built (docs/mongodb.md)")
    package, = packages.glob("leadville-gateway-mongodb_*.deb")
    folder = tmp_path_factory.mktemp("mongodb")
    output("dpkg-deb", "--extract", package, folder)
    return package, folder


def test_only_the_package_for_mongodb_depends_on_its_library(package, mongodb):
    assert "libmongoc" not in field(package, "Depends")
    names = {re.split(r"[ (]", dependency)[0] for dependency in field(mongodb[0], "Depends").split(", ")}
    assert {"libmongoc-1.0-0", "libbson-1.0-0", "libc6"} <= names
    assert not any(name.startswith("leadville") for name in names)


@pytest.mark.parametrize("path, mode", [
    ("usr/bin/leadville-gateway-mongodb", 0o755),
    # It may contain a password.
    ("etc/default/leadville-gateway-mongodb", 0o600),
    ("lib/systemd/system/leadville-gateway-mongodb.service", 0o644),
    ("usr/share/man/man1/leadville-gateway-mongodb.1.gz", 0o644),
    ("usr/share/doc/leadville-gateway-mongodb/mongodb.md", 0o644),
    ("usr/share/doc/leadville-gateway-mongodb/copyright", 0o644),
])
def test_every_file_for_mongodb_is_in_its_place(mongodb, path, mode):
    found = mongodb[1] / path if (mongodb[1] / path).exists() else mongodb[1] / "usr" / path
    assert found.stat().st_mode & 0o7777 == mode


def test_the_settings_for_mongodb_are_the_programs_with_its_defaults(mongodb, tmp_path):
    package, files = mongodb
    output("dpkg-deb", "--control", package, tmp_path / "control")
    assert (tmp_path / "control/conffiles").read_text().split() == ["/etc/default/leadville-gateway-mongodb"]
    described = output(ARCHIVER, "--help")
    settings = dict(re.findall(r"^#([A-Z_]+)=(.*)$", (files / "etc/default/leadville-gateway-mongodb").read_text(), re.MULTILINE))
    assert set(settings) == set(re.findall(r"LEADVILLE_[A-Z_]+", described))
    options = {f"--{name}": default for name, default in re.findall(r"^  --(\w+) .*\(([^()]+)\)$", described, re.MULTILINE)}
    assert len(options) == 4
    for option, default in options.items():
        name = "URI" if option == "--mongodb" else option.removeprefix("--").upper()
        assert settings[f"LEADVILLE_MONGODB_{name}"] == default


def test_the_page_on_the_program_for_mongodb_describes_every_option(mongodb):
    page = gzip.decompress((mongodb[1] / "usr/share/man/man1/leadville-gateway-mongodb.1.gz").read_bytes()).decode()
    page = page.replace("\\-", "-")
    described = output(ARCHIVER, "--help")
    for word in set(re.findall(r"--[a-z]+|LEADVILLE_[A-Z_]+", described)) | set(re.findall(r"\((\S+)\)$", described, re.MULTILINE)):
        assert re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", page), word


def test_a_program_for_mongodb_of_another_version_is_not_packaged(tmp_path):
    other = tmp_path / "leadville-gateway-mongodb"
    other.write_text("#!/bin/sh\necho leadville-gateway-mongodb 99.0\n")
    other.chmod(0o755)
    built = run(REPOSITORY / "tools/deb", env=dict(
        os.environ, BINARY=PROGRAM, MONGODB=str(other), OUTPUT=str(tmp_path / "out")))
    assert built.returncode == 1 and "is not version" in built.stderr


def test_the_version_of_the_files_is_the_tested_one():
    pinned = (PACKAGING / "apidocs/requirements.txt").read_text().splitlines()[-1].split()[0]
    assert pinned in (REPOSITORY / "Tests/EndToEnd/files.txt").read_text().splitlines()


def test_the_documents_are_those_of_the_program(files):
    page = files / "usr/share/man/man1/leadville-gateway.1.gz"
    assert gzip.decompress(page.read_bytes()).decode() == output(PROGRAM, "man")
    script = files / "usr/share/bash-completion/completions/leadville-gateway"
    assert script.read_text() == output(PROGRAM, "completion", "bash")


def test_the_announced_port_is_the_default(files):
    announced = xml.etree.ElementTree.parse(files / "etc/avahi/services/leadville-gateway.service")
    services = {service.findtext("type"): service.findtext("port") for service in announced.iter("service")}
    port = re.search(r"^http:.*?^  #port: (\d+)$", output(PROGRAM, "default-config"), re.MULTILINE | re.DOTALL)[1]
    assert services == {"_http._tcp": port, "_leadville._tcp": port}


@pytest.mark.skipif(not shutil.which("lintian"), reason="lintian is not installed")
def test_lintian_finds_nothing_wrong(packages, package):
    # The program under test finds Swift's libraries by a path of this machine; a released program contains them.
    # Names in machine code look like misspelt words in one build and not in the next.
    checked = run(
        "lintian", "--allow-root", "--display-info",
        "--suppress-tags", "custom-library-search-path,spelling-error-in-binary",
        "--fail-on", "error,warning,info", package, *packages.glob("leadville-gateway-apidocs_*.deb"),
        *packages.glob("leadville-gateway-mongodb_*.deb"))
    assert (checked.returncode, checked.stdout) == (0, "")


# Maintainer scripts

@pytest.mark.parametrize("name", SCRIPTS)
def test_the_scripts_are_valid_shell(control, name):
    script = control / name
    assert script.read_text().startswith("#!/bin/sh\n")
    output("sh", "-n", script)


@pytest.mark.parametrize("arguments, is_admitted", [
    (["install"], True),
    (["install", "0.0.1-1"], True),
    (["install", "99.0-1"], False),
    (["upgrade", "0.0.1-1"], True),
    (["upgrade", "0.1.0-1"], True),
    (["upgrade", "99.0-1"], False),
    (["abort-upgrade", "99.0-1"], True),
])
def test_an_older_version_is_not_installed_over_a_newer_one(control, arguments, is_admitted):
    result = run(control / "preinst", *arguments)
    assert (result.returncode == 0) == is_admitted
    assert result.stderr == "" if is_admitted else re.search("is not installed, because .* 99.0-1", result.stderr)


def test_a_program_of_another_version_is_not_packaged(tmp_path):
    other = tmp_path / "leadville-gateway"
    other.write_text("#!/bin/sh\necho leadville-gateway 99.0\n")
    other.chmod(0o755)
    built = run(REPOSITORY / "tools/deb", env=dict(os.environ, BINARY=str(other), OUTPUT=str(tmp_path / "out")))
    assert built.returncode == 1 and "is not version" in built.stderr
    assert not list(pathlib.Path(tmp_path).glob("out/*.deb"))
