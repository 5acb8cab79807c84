"""How forms look: Bootstrap's classes on Django's own form templates."""

from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting

CLASSES: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.CheckboxSelectMultiple, "form-check-input"),
    (forms.RadioSelect, "form-check-input"),
    (forms.CheckboxInput, "form-check-input"),
    (forms.Select, "form-select"),
    (forms.Widget, "form-control"),
)


class Field(BoundField):
    """A field with Bootstrap's classes on its widget and label."""

    @property
    def is_checkbox(self) -> bool:
        """Say whether the label stands to the right of a single box."""
        return isinstance(self.field.widget, forms.CheckboxInput)

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        """Add the class that fits the widget, and mark it when its value was refused."""
        widget = widget or self.field.widget
        attrs = dict(super().build_widget_attrs(attrs, widget))
        if not widget.is_hidden:
            look = next(name for kind, name in CLASSES if isinstance(widget, kind))
            own = widget.attrs.get("class", "")
            attrs["class"] = " ".join(filter(None, (look, own, "is-invalid" if self.errors else "")))
        return attrs


class Renderer(TemplatesSetting):
    """The FORM_RENDERER setting: `{{ form }}` and `{{ form.name.as_field_group }}` come out in Tabler's look."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"
    bound_field_class = Field
