# SPDX-License-Identifier: Apache-2.0
"""install.sh --https, below a folder of its own: the certificate, the settings and the units that it makes."""

import re
import shlex
import shutil
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from support_checkout import Checkout

from daemon.config import load

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is missing: apt install openssl")


class Front:
    """What --https puts below a folder of its own, with an nginx that is not run."""

    def __init__(self, checkout, folder):
        self.checkout = checkout
        self.root = folder / "root"
        checkout.program("nginx", "exit 1")
        checkout.program("hostname", "echo 192.168.1.7 fd00::7 10.0.0.3")
        checkout.program("uname", 'if [[ $1 == -n ]]; then echo porch; else exec /bin/uname "$@"; fi')

    def run(self, *words):
        return self.checkout.run("--https", *words, DESTDIR=str(self.root))

    def read(self, path):
        return (self.root / path).read_text()

    def cert(self, *options):
        command = ["openssl", "x509", "-noout", "-in", self.root / "etc/whod/https/cert.pem", *options]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def make_cert(self, days, names):
        """Put another certificate in the place."""
        folder = self.root / "etc/whod/https"
        names = ["-addext", f"subjectAltName={names}"]
        files = ["-keyout", folder / "key.pem", "-out", folder / "cert.pem"]
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x", "-days", str(days)]
        subprocess.run([*command, *names, *files], check=True, capture_output=True)


@pytest.fixture
def front(tmp_path):
    return Front(Checkout(tmp_path), tmp_path)


def test_the_certificate_is_for_all_names_and_not_longer_than_phones_take(front):
    done = front.run("--name", "door.example", "--name", "192.168.7.7")
    assert done.returncode == 0, done.stderr
    names = "DNS:door.example, IP Address:192.168.7.7, DNS:porch.local, DNS:porch, DNS:localhost, "
    names += "IP Address:127.0.0.1, IP Address:192.168.1.7, IP Address:10.0.0.3"
    assert names in front.cert("-ext", "subjectAltName")
    assert "TLS Web Server Authentication" in front.cert("-ext", "extendedKeyUsage")
    assert "CA:FALSE" in front.cert("-ext", "basicConstraints")
    ends = datetime.strptime(front.cert("-enddate").strip(), "notAfter=%b %d %H:%M:%S %Y GMT").replace(tzinfo=UTC)
    assert timedelta(days=700) < ends - datetime.now(UTC) < timedelta(days=825)
    assert front.cert("-fingerprint", "-sha256").strip().partition("=")[2] in done.stdout
    assert "https://door.example/" in done.stdout


def test_nobody_else_reads_the_key(front):
    front.run()
    key = front.root / "etc/whod/https/key.pem"
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.parent.stat().st_mode & 0o777 == 0o700


def test_whod_listens_to_it_alone(front):
    front.run("--name", "door.example")
    drop_in = front.read("etc/systemd/system/whod.service.d/https.conf")
    start = drop_in.splitlines()[-1].removeprefix("ExecStart=")
    assert drop_in.splitlines()[-2] == "ExecStart="
    program, *options = shlex.split(start)
    assert program == "/opt/whod/current/.venv/bin/whod"
    assert options.pop() == "run"
    assert set(options[::2]) == {"--set"}
    web = load(None, options[1::2]).settings.web
    assert (web.listen, web.trusted_proxies, web.hosts) == ("127.0.0.1:8738", ("127.0.0.1",), ("door.example",))
    assert web.url == "https://door.example/"


@pytest.mark.parametrize(
    ("words", "url"),
    [
        ((), "https://porch.local/"),
        (("--port", "8443"), "https://porch.local:8443/"),
        (("--name", "fd00::7", "--name", "b.example", "--port", "444"), "https://[fd00::7]:444/"),
    ],
)
def test_the_address_that_works_is_told_by_the_script_and_by_whod(front, words, url):
    done = front.run(*words)
    assert f"The page is at {url} now" in done.stdout
    start = front.read("etc/systemd/system/whod.service.d/https.conf").splitlines()[-1].removeprefix("ExecStart=")
    assert load(None, shlex.split(start)[2:-1:2]).settings.web.url == url


def test_run_again_the_certificate_stays(front):
    front.run("--name", "door.example")
    before = front.cert("-serial")
    done = front.run("--name", "door.example")
    assert done.returncode == 0
    assert "still good" in done.stderr
    assert front.cert("-serial") == before


@pytest.mark.parametrize(("days", "names"), [(59, "DNS:porch,DNS:porch.local"), (400, "DNS:porch")])
def test_near_its_end_or_without_a_name_it_is_made_anew(front, days, names):
    front.run()
    rest = "DNS:localhost,IP:127.0.0.1,IP:192.168.1.7,IP:10.0.0.3"
    front.make_cert(400, f"DNS:porch,DNS:porch.local,{rest}")
    before = front.cert("-serial")
    front.run()
    assert front.cert("-serial") == before
    front.make_cert(days, f"{names},{rest}")
    before = front.cert("-serial")
    front.run()
    assert front.cert("-serial") != before


@pytest.mark.parametrize("other", [True, False])
def test_a_key_that_is_another_one_or_missing_is_made_anew(front, other):
    front.run()
    folder = front.root / "etc/whod/https"
    key, cert = folder / "key.pem", front.read("etc/whod/https/cert.pem")
    key.unlink()
    if other:
        front.make_cert(400, "DNS:porch")
        (folder / "cert.pem").write_text(cert)
    assert front.run().returncode == 0
    public = subprocess.run(["openssl", "pkey", "-in", key, "-pubout"], capture_output=True, text=True, check=True)
    assert public.stdout == front.cert("-pubkey")
    assert front.read("etc/whod/https/cert.pem") != cert


def test_on_a_full_disk_what_was_there_stays(front):
    front.run()
    before = front.read("etc/whod/https/nginx.conf")
    front.checkout.program("sed", 'exec >/dev/full; exec /bin/sed "$@"')
    assert front.run("--port", "8443").returncode != 0
    assert front.read("etc/whod/https/nginx.conf") == before


def test_another_port(front):
    done = front.run("--port", "8443")
    assert "https://porch.local:8443/" in done.stdout
    config = front.read("etc/whod/https/nginx.conf")
    assert "listen 8443 ssl" in config
    assert "return 307 https://$host:8443$request_uri;" in config
    assert not re.search(r"^[^#]*@[A-Z]+@", config, re.MULTILINE)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--name"], "--name needs a value"),
        (["--name", "a b"], "is no name of a machine"),
        (["--name", "https://a.example"], "is no name of a machine"),
        (["--name", "x;rm"], "is no name of a machine"),
        (["--port", "99999"], "must be a number from 1 to 65535"),
        (["--port", "8738"], "but not 8737 or 8738"),
        (["--what"], "there is no '--what'"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_done(front, words, sentence):
    done = front.run(*words)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert not front.root.exists()


def test_the_units_make_sense(front):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed: apt install systemd")
    front.run("--name", "door.example")
    (front.root / "etc/systemd/system/whod-https.service").chmod(0o644)
    unit = front.root / "etc/systemd/system/whod-https.service"
    done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    assert "whod-https" not in done.stderr, done.stderr
