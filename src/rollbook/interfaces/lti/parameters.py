"""What an LMS sends, each value once."""

from django.http import HttpRequest

from rollbook.lms.login_refusals import DuplicateParameter, WrongMethod


def read(request: HttpRequest, names: tuple[str, ...], methods: tuple[str, ...]) -> dict[str, str]:
    """Return the named parameters that were sent, from the query for GET and from the form for POST."""
    if request.method not in methods:
        raise WrongMethod(request.method)
    sent = request.GET if request.method == "GET" else request.POST
    for name in names:
        if len(sent.getlist(name)) > 1:
            raise DuplicateParameter(name)
    return {name: sent[name] for name in names if name in sent}
