"""The command line that the programs here share which `make test` starts too."""
import argparse
import pathlib
import shutil

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def read(name, text):
    """The words that start the program, and an empty folder, by default runs/NAME; `text` is the caller's documentation."""
    parser = argparse.ArgumentParser(description=text.splitlines()[0])
    parser.add_argument("--dir", default=ROOT / "runs" / name, type=pathlib.Path)
    parser.add_argument("--sweeps", default=str(ROOT / "Orchestrator" / "bin" / "Release" / "net10.0" / "sweeps"),
                        help="the program, or words divided by a space: dotnet and its assembly")
    arguments = parser.parse_args()
    folder = arguments.dir.resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return arguments.sweeps.split(" "), folder
