"""What the bot does with the documents of a guild's moderators, without Discord: it asks of each change,
right before its commit, whether it may be made. Here it may, and the job's number is noted.

    python tests/torture/moderators.py FOLDER GUILD FILE
"""

import sys
from pathlib import Path

from ingest.submit import Told, places_in, read, see_through
from knowledge.build import build_library
from knowledge.settings import Settings
from knowledge.types import scope_of


def main():
    folder, guild, permitted = sys.argv[1:]

    def permit(job, _scope):
        with Path(permitted).open("a") as file:
            file.write(f"{job.number}\n")

    library = build_library(Settings())
    documents = [read(place, scope_of(guild), Told()) for place in places_in(folder)]
    outcomes = see_through(library, library.catalogue.ask(add=documents, person="mia"), objection=permit)
    library.close()
    if refused := [outcome for outcome in outcomes if outcome.startswith("refused")]:
        sys.exit("\n".join(refused))


if __name__ == "__main__":
    main()
