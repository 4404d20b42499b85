"""For apps on FastAPI, which is imported here and nowhere else: see docs/in-process.md."""

from lookgate.web.fastapi import principal, require

__all__ = ["principal", "require"]
