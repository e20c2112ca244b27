"""Large files of this machine handed out in parts, by a server that works asynchronously."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

from asgiref.sync import sync_to_async
from django.http import FileResponse

__all__ = ["FileInParts", "file_download"]


class FileInParts(FileResponse):
    """A file of which one part at a time is in memory.

    Django's own response can be read asynchronously too, but reads the file to its end first, with
    a warning. Here each part, as large as the server asks for, is read in the thread of the request
    when the one before is on its way.
    """

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the parts of the file; it is closed with the response."""
        parts = iter(self)
        while part := await sync_to_async(lambda: next(parts, b""))():
            yield part


def file_download(path: Path, *, name: str, media: str) -> FileInParts:
    """Return a file as a download of known length.

    Parameters
    ----------
    path : Path
        The file, which is there.
    name : str
        Name it is saved under.
    media : str
        Its media type.
    """
    # The response closes the file; a block here would close it before it is read.
    return FileInParts(path.open("rb"), as_attachment=True, filename=name, content_type=media)
