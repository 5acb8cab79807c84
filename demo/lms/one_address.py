"""One address only: by another name of this machine, a frame would be of Rollbook's own site, or of an unknown LMS."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from demo.addresses import lms_url


def one_address(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Send whoever came by another name to the LMS's own."""

    def answer(request: HttpRequest) -> HttpResponse:
        if request.method == "GET" and request.get_host() != urlsplit(lms_url()).netloc:
            return HttpResponseRedirect(lms_url() + request.get_full_path())
        return get_response(request)

    return answer
