"""The pages of the demo LMS: choose who you are, see and change what is sent, launch."""

import json
from typing import Any, Literal

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from demo.addresses import rollbook_url
from demo.cast import PLATFORMS, PROFILES
from demo.lms.forms import ClaimsForm
from demo.lms.launches import Pending
from demo.lms.platform import Launch, PlatformRequest
from demo.lms.profiles import find_platform, find_profile, original
from demo.lms.protocol import configuration
from demo.lms.state import CHANGES, LAUNCHES
from demo.people import Platform, Profile


def addresses(_request: HttpRequest) -> dict[str, str]:
    """Return what every page shows: where Rollbook is."""
    return {"rollbook_url": rollbook_url()}


@require_GET
def choose(request: HttpRequest) -> HttpResponse:
    """Show both LMSs and the people in them."""
    sections = []
    for platform in PLATFORMS:
        rows = [
            {
                "profile": profile,
                "changed": CHANGES.changed(profile),
                "email": CHANGES.values(profile)["email"],
            }
            for profile in PROFILES
            if profile.lms == platform.key
        ]
        told = [row for row in rows if row["profile"].story]
        others = [row for row in rows if not row["profile"].story]
        sections.append({"platform": platform, "told": told, "others": others})
    return render(request, "choose.html", {"sections": sections})


@require_GET
def person(request: HttpRequest, lms: str, person: str) -> HttpResponse:
    """Show what is sent for one person, to be changed and launched."""
    platform, profile = _find(lms, person)
    return _person_page(request, platform, profile, ClaimsForm(CHANGES.values(profile), label_suffix=""))


@require_POST
def launch(request: HttpRequest, lms: str, person: str) -> HttpResponse:
    """Keep what was changed, and launch with it."""
    platform, profile = _find(lms, person)
    form = ClaimsForm(request.POST, label_suffix="")
    if not form.is_valid():
        return _person_page(request, platform, profile, form, status=400)
    # Browsers send the line ends of a text area as CR LF.
    CHANGES.keep(profile, {name: "\n".join(request.POST.get(name, "").splitlines()) for name in form.fields})
    target: Literal["iframe", "window"] = "iframe" if request.POST.get("where") == "frame" else "window"
    pending = Pending(platform, person, form.cleaned_data, target)
    hint = LAUNCHES.add(pending)
    if target == "window":
        return redirect("start", hint=hint)
    sent = Launch(PlatformRequest(request), configuration(pending), pending).message()
    context = {"platform": platform, "profile": profile, "hint": hint, "sent": _as_text(sent)}
    return render(request, "frame.html", context)


@require_POST
def restore(request: HttpRequest, lms: str, person: str) -> HttpResponseRedirect:
    """Put a person's profile back as the demo began."""
    _, profile = _find(lms, person)
    CHANGES.keep(profile, original(profile))
    return HttpResponseRedirect(f"/{lms}/{person}/")


def _find(lms: str, person: str) -> tuple[Platform, Profile]:
    platform, profile = find_platform(lms), find_profile(lms, person)
    if platform is None or profile is None:
        raise Http404("There is no such person in this LMS.")
    return platform, profile


def _person_page(
    request: HttpRequest, platform: Platform, profile: Profile, form: ClaimsForm, status: int = 200
) -> HttpResponse:
    context = {"platform": platform, "profile": profile, "form": form, "changed": CHANGES.changed(profile)}
    return render(request, "person.html", context, status=status)


def _as_text(claims: dict[str, Any]) -> str:
    return json.dumps(claims, ensure_ascii=False, indent=2)
