"""What the published guides build: FastAPI, pydantic, and google-auth's verification of the ID token."""

import sys
from typing import Annotated

import google.auth.transport.requests
import google.oauth2.id_token
import uvicorn
from fastapi import FastAPI, Header, HTTPException
from pydantic import BaseModel, ConfigDict

PORT, AUDIENCE, CERTS_URL = int(sys.argv[1]), sys.argv[2], sys.argv[3]
app = FastAPI()
transport = google.auth.transport.requests.Request()


class Question(BaseModel):
    model_config = ConfigDict(extra="forbid")
    carrier: str
    days: int


class Answer(BaseModel):
    carrier: str
    days: int
    caller: str


@app.post("/actions/verified")
def verified(question: Question, authorization: Annotated[str, Header()]) -> Answer:
    try:
        claims = google.oauth2.id_token.verify_token(
            authorization.removeprefix("Bearer "), transport, audience=AUDIENCE, certs_url=CERTS_URL
        )
    except ValueError as error:
        raise HTTPException(401) from error
    return Answer(carrier=question.carrier, days=question.days, caller=claims["sub"])


@app.post("/actions/unverified")
def unverified(question: Question) -> Answer:
    return Answer(carrier=question.carrier, days=question.days, caller="")


uvicorn.run(app, host="127.0.0.1", port=PORT, ws="none", log_config=None, access_log=False)
