"""A FastAPI app with callers it knows: ``uvicorn fastapi_app:app``, with lookgate.toml in the same folder."""

from __future__ import annotations

from typing import Annotated

from fastapi import Body, Depends, FastAPI

from lookgate import Assurance, LookgateMiddleware, Principal, at_least, in_group, public
from lookgate.fastapi import principal, require

app = FastAPI()
app.add_middleware(LookgateMiddleware, source="lookgate.toml", policy=[public()])

Anyone = Annotated[Principal, Depends(principal)]
Accountant = Annotated[Principal, Depends(require(at_least(Assurance.USER), in_group("Finance")))]


@app.get("/whoami")
async def whoami(who: Anyone) -> dict[str, str]:
    return {"caller": who.label, "assurance": who.assurance.label}


@app.post("/budgets/{name}")
async def approve(name: str, who: Accountant, note: Annotated[str, Body(embed=True)] = "") -> dict[str, str]:
    return {"budget": name, "approved_by": who.email, "note": note}
