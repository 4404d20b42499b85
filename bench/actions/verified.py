"""The action under measurement: typed in, typed out, a policy."""

from lookgate import Assurance, Context, Input, Output, action, at_least


class Question(Input):
    carrier: str
    days: int


class Answer(Output):
    carrier: str
    days: int
    caller: str


@action(policy=[at_least(Assurance.WORKLOAD)])
async def verified(question: Question, context: Context) -> Answer:
    """Answer with the caller's subject."""
    return Answer(carrier=question.carrier, days=question.days, caller=context.principal.subject)
