"""The manual page and the completion scripts, as the programs see them that read them."""

import os
import pty
import re
import select
import shlex
import shutil
import subprocess

import pytest

from programs import PROGRAM
from waiting import TIMEOUT


def document(*arguments):
    return subprocess.run(
        [PROGRAM, *arguments], capture_output=True, text=True, timeout=TIMEOUT, check=True).stdout


def needs(program):
    return pytest.mark.skipif(not shutil.which(program), reason=f"{program} is not installed")


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, check=False, **options)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    path = tmp_path_factory.mktemp("man") / "leadville-gateway.1"
    path.write_text(document("man"))
    return path


@needs("man")
def test_man_shows_the_page_without_warnings(page):
    environment = dict(os.environ, LC_ALL="C.UTF-8", MANROFFSEQ="", MANWIDTH="80")
    shown = run("man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", str(page), env=environment)
    assert (shown.returncode, shown.stderr) == (0, "")
    text = re.sub(".\b", "", re.sub("\x1b\\[[0-9;]*m", "", shown.stdout))
    for words in ("leadville-gateway - receive", "--log-level LEVEL", "http.port = 8000", "EXIT STATUS"):
        assert words in text


@needs("mandoc")
def test_mandoc_finds_nothing_wrong(page):
    # The page has no date, so that building it again gives the same page.
    messages = [line for line in run("mandoc", "-Tlint", "-Wwarning", str(page)).stdout.splitlines()
                if "missing date" not in line]
    assert not messages


# Bash

@pytest.fixture(scope="module")
def bash(tmp_path_factory):
    """Types a line into an interactive bash and presses Tab; returns the line that bash then has, and all that it shows."""
    script = tmp_path_factory.mktemp("bash") / "completion"
    script.write_text(document("completion", "bash"))

    def typed(line, tabs=1):
        controller, terminal = pty.openpty()
        shell = subprocess.Popen(
            ["bash", "--norc", "--noprofile", "-i"], stdin=terminal, stdout=terminal, stderr=terminal,
            start_new_session=True, cwd=script.parent,
            env={"PATH": os.environ["PATH"], "PS1": "READY> ", "TERM": "dumb", "HOME": str(script.parent)})
        os.close(terminal)

        def read_until(mark):
            shown = ""
            while mark not in shown:
                assert select.select([controller], [], [], TIMEOUT)[0], f"timed out waiting for {mark}: {shown}"
                shown += os.read(controller, 65536).decode()
            return shown

        def do(text):
            os.write(controller, text.encode())
            return read_until("READY> ")

        try:
            read_until("READY> ")
            do("bind 'set completion-query-items 0'; bind 'set page-completions off'\n")
            do(f"source {shlex.quote(str(script))}\n")
            # Prints what bash has on its line.
            do("""bind -x '"\\C-o": echo; echo "<$READLINE_LINE>"'\n""")
            os.write(controller, (line + "\t" * tabs + "\x0f").encode())
            shown = read_until(">\r\n")
        finally:
            shell.kill()
            os.close(controller)
            shell.wait()
        return re.search(r"<(leadville-gateway.*)>\r\n", shown)[1], shown

    return typed


@pytest.mark.parametrize("line, completed", [
    ("leadville-gateway comp", "leadville-gateway completion "),
    ("leadville-gateway completion f", "leadville-gateway completion fish "),
    ("leadville-gateway simulate hea", "leadville-gateway simulate heart"),
    ("leadville-gateway simulate heart --us", "leadville-gateway simulate heart --users "),
    ("leadville-gateway run --log-level w", "leadville-gateway run --log-level warning "),
    ("leadville-gateway run --log-level=w", "leadville-gateway run --log-level=warning "),
    ("leadville-gateway run --demo --set http.po", "leadville-gateway run --demo --set http.port="),
    ("leadville-gateway run --set http.port=80 --conf", "leadville-gateway run --set http.port=80 --config "),
    ("leadville-gateway run --config com", "leadville-gateway run --config completion "),
    ("leadville-gateway decode bt50 com", "leadville-gateway decode bt50 completion "),
    ("leadville-gateway help che", "leadville-gateway help check-config "),
    ("leadville-gateway run --set http.port=", "leadville-gateway run --set http.port="),
])
def test_bash_completes(bash, line, completed):
    assert bash(line)[0] == completed


def test_bash_lists_the_options_of_a_command(bash):
    _, shown = bash("leadville-gateway scan --", tabs=2)
    assert {"--seconds", "--adapter", "--probe", "--json", "--help"} <= set(shown.split())
    assert "--demo" not in shown


@needs("shellcheck")
def test_shellcheck_finds_nothing_wrong_in_the_bash_script():
    checked = run("shellcheck", "--shell=bash", "-", input=document("completion", "bash"))
    assert (checked.returncode, checked.stdout) == (0, "")


# Other shells

@needs("zsh")
def test_zsh_completes(tmp_path):
    (tmp_path / "_leadville-gateway").write_text(document("completion", "zsh"))
    program = tmp_path / "type.zsh"
    # zpty runs an interactive zsh, as zsh's own tests of completion do.
    program.write_text(f"""
        zmodload zsh/zpty
        zpty shell zsh -f -i
        zpty -w shell "PS1='READY> '; fpath=({tmp_path} \\$fpath); autoload -U compinit; compinit -u -D; setopt no_beep"
        zpty -w shell "bindkey '^O' show; show() {{ print; print -r -- \\"<\\$BUFFER>\\" }}; zle -N show; echo LOADED-\\$?"
        zpty -r -m shell line '*LOADED-0*'
        zpty -w -n shell "$1"$'\\t\\x0f'
        zpty -r -m shell line '*<leadville-gateway*>*'
        print -r -- "$line"
        zpty -d shell
    """)
    for line, completed in [
            ("leadville-gateway comp", "leadville-gateway completion "),
            ("leadville-gateway run --log-level w", "leadville-gateway run --log-level warning "),
            ("leadville-gateway simulate hearte", "leadville-gateway simulate hearte")]:
        shown = run("zsh", "-f", str(program), line, cwd=tmp_path)
        assert f"<{completed}>" in shown.stdout, shown


@needs("fish")
def test_fish_completes(tmp_path):
    script = tmp_path / "leadville-gateway.fish"
    script.write_text(document("completion", "fish"))

    def candidates(line):
        shown = run("fish", "--no-config", "-c", f"source {script}; complete -C {shlex.quote(line)}",
                    env=dict(os.environ, HOME=str(tmp_path)))
        assert (shown.returncode, shown.stderr) == (0, "")
        return [row.split("\t")[0] for row in shown.stdout.splitlines()]

    assert candidates("leadville-gateway comp") == ["completion"]
    assert candidates("leadville-gateway run --log-level=w") == ["--log-level=warning"]
    assert "--seconds" in candidates("leadville-gateway scan --") and "--demo" not in candidates("leadville-gateway scan --")
    assert "heart" in candidates("leadville-gateway simulate ")
    assert "heart" not in candidates("leadville-gateway simulate heart ")
