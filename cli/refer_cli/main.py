"""The `refer` command and its subcommands, one module each."""

import click

from refer_cli.outputs import outputs
from refer_cli.parse import parse


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Look at SIP REFER call transfers offline, with the code that runs behind the webhooks.

    Nothing here needs an AWS or a Twilio account unless its own help says so.
    """


main.add_command(outputs)
main.add_command(parse)
