"""Pages whose form is searched in before it is sent on, with and without a script."""

from abc import ABC, abstractmethod
from typing import Any

from django import forms
from django.http import HttpResponse

from rollbook.interfaces.console.doors import ConsoleRequest
from rollbook.interfaces.console.operation_page import OperationPage

SEVERAL = (forms.MultipleChoiceField, forms.ModelMultipleChoiceField)


class SearchedPage(OperationPage, ABC):
    """An operation whose form searches: `step` "look" shows what was found."""

    @abstractmethod
    def new_form(self, data: Any = None, initial: Any = None) -> Any:
        """Return the form with what was sent, or with what is in it at first."""

    def initial(self) -> dict[str, Any]:
        """Return what is chosen at first."""
        return {}

    def form(self, data: Any = None) -> Any:
        """Return the form; while somebody searches, with what was entered and without complaints."""
        if data is None or data.get("step") != "look":
            return self.new_form(data, self.initial())
        entered = {
            name: data.getlist(name) if isinstance(field, SEVERAL) else data.get(name, "")
            for name, field in self.new_form().fields.items()
        }
        return self.new_form(initial=entered)

    def post(self, request: ConsoleRequest, **kwargs: Any) -> HttpResponse:
        """Show what was searched for, or go on."""
        if request.POST.get("step") == "look":
            return self.show_form(self.form(request.POST))
        return super().post(request, **kwargs)
