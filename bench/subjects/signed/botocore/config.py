"""The part of botocore's Config that says how long a caller waits, and who asks."""

from collections.abc import Mapping


class Config:
    """Time-outs in seconds, and `total_max_attempts` of the standard mode of `retries`.

    Options that tune machinery which is not here are taken and not looked at.
    """

    def __init__(
        self,
        *,
        connect_timeout: float,
        read_timeout: float,
        retries: Mapping[str, object],
        user_agent: str = "call-transfer",
        **_tuning: object,
    ) -> None:
        if retries.get("mode") != "standard":
            raise ValueError(f"retries are {retries!r}, and only the standard mode is here")
        self.connect_timeout = connect_timeout
        self.read_timeout = read_timeout
        self.attempts = int(str(retries["total_max_attempts"]))
        self.user_agent = user_agent
