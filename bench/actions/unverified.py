"""The same for everyone, to see what verification adds."""

from lookgate import Context, Input, Output, action, public


class Question(Input):
    carrier: str
    days: int


class Answer(Output):
    carrier: str
    days: int
    caller: str


@action(policy=[public()])
async def unverified(question: Question, context: Context) -> Answer:
    """Answer without knowing who asks."""
    return Answer(carrier=question.carrier, days=question.days, caller=context.principal.subject)
