"""The errors that an emulated service returns."""


class ServiceError(Exception):
    """An error that the service's client sees."""

    def __init__(self, code: str, message: str, *, status: int | None = None) -> None:
        """Creates it.

        Args:
            code: The exception's name in the service's model, such as `InvalidInputException`.
            message: The service's message.
            status: The HTTP status. By default the one that the model gives the exception, or 400.
        """
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
