"""Optional packages: asked for before they are needed, with the command that installs them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec

from api.cli.messages import UserError


def require(modules: Mapping[str, str]) -> None:
    """See that modules are installed.

    Args:
        modules: module -> the extra that brings it.

    Raises:
        UserError: exit code 2, with the pip command.
    """
    absent = sorted({extra for module, extra in modules.items() if not find_spec(module)})
    if absent:
        command = f"pip install 'policymatch[{','.join(absent)}]'"
        raise UserError([f"缺少可选组件，请安装 / optional packages are needed: {command}"], 2)
