"""The catalogue to look at: courses, one course, one chapter, categories, content roles and competencies."""

from collections.abc import Callable
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from rollbook.interfaces.console.doors import ConsoleRequest, needs
from rollbook.interfaces.console.tree import categories as category_nodes
from rollbook.interfaces.console.tree import in_order
from rollbook.interfaces.web.tags import MenuItem
from rollbook.people.access import Right
from rollbook.people.pasted import is_id
from rollbook.training.catalogue import (
    Category,
    Chapter,
    Competency,
    ContentRole,
    Course,
    RoleContent,
    RoleGrant,
)
from rollbook.training.records import UserCompetency
from rollbook.training.selection import BELOW

PER_PAGE = 50


def menu_of(kind: str, pk: int, edit: str = "Edit", *more: MenuItem) -> list[MenuItem]:
    """Return what may be done to a row whose addresses are `edit_<kind>` and `remove_<kind>`."""
    return [
        MenuItem(edit, reverse(f"console:edit_{kind}", args=[pk]), "edit"),
        *more,
        MenuItem("Remove", reverse(f"console:remove_{kind}", args=[pk]), "trash", danger=True, divided=True),
    ]


def with_menus(
    request: ConsoleRequest, rows: Any, menu: Callable[[Any], list[MenuItem]]
) -> list[tuple[Any, Any]]:
    """Return each row with its menu, which is empty for those who only look."""
    editable = request.actor.may(Right.CATALOGUE_EDIT)
    return [(row, menu(row) if editable else []) for row in rows]


@needs(Right.CATALOGUE_VIEW)
def courses(request: ConsoleRequest) -> HttpResponse:
    """List the courses, by title or ID number and by category with all below it."""
    # PostgreSQL cannot hold U+0000.
    text = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    category = request.GET.get("category", "")
    nodes = category_nodes()
    paths = dict(node.choice for node in nodes)
    rows = Course.objects.annotate(number=Count("chapters")).order_by("title", "pk")
    if text:
        number = text.removeprefix("#")
        rows = rows.filter(Q(title__icontains=text) | Q(pk=int(number) if is_id(number) else 0))
    if is_id(category):
        rows = rows.filter(category__in=RawSQL(BELOW, [[int(category)]]))  # noqa: S611  # the SQL is constant
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "rows": [
            (row, paths.get(row.category_id, ""), items)
            for row, items in with_menus(request, page, course_menu)
        ],
        "page": page,
        "total": page.paginator.count,
        "text": text,
        "category": category,
        "nodes": nodes,
        "narrowed": bool(text or category),
    }
    return render(request, "console/catalogue_courses.html", context)


def course_menu(row: Course) -> list[MenuItem]:
    """Return what may be done to a course."""
    more = MenuItem("Create chapter", reverse("console:create_chapter", args=[row.pk]), "plus")
    return menu_of("course", row.pk, "Edit", more)


@needs(Right.CATALOGUE_VIEW)
def course(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Show a course with its chapters in order."""
    row = get_object_or_404(Course.objects.select_related("category"), pk=pk)
    chapters = row.chapters.prefetch_related("content_roles__content_role")
    context = {
        "course": row,
        "category": dict(node.choice for node in category_nodes())[row.category_id],
        "chapters": with_menus(request, chapters, chapter_menu),
        "roles": row.content_roles.select_related("content_role").order_by("content_role__name"),
        "competencies": row.competencies.select_related("competency").order_by("competency__name"),
        "breadcrumbs": [("Courses", reverse("console:courses"))],
    }
    return render(request, "console/catalogue_course.html", context)


def chapter_menu(row: Chapter) -> list[MenuItem]:
    """Return what may be done to a chapter."""
    quiz = MenuItem(
        "Edit quiz" if row.quiz else "Write a quiz",
        reverse("console:edit_quiz", args=[row.pk]),
        "list-details",
    )
    return menu_of("chapter", row.pk, "Edit", quiz)


@needs(Right.CATALOGUE_VIEW)
def chapter(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Show a chapter: its video, and its quiz with the correct choices."""
    row = get_object_or_404(Chapter.objects.select_related("course"), pk=pk)
    context = {
        "chapter": row,
        "roles": row.content_roles.select_related("content_role").order_by("content_role__name"),
        "breadcrumbs": [
            ("Courses", reverse("console:courses")),
            (row.course.title, reverse("console:course", args=[row.course_id])),
        ],
    }
    return render(request, "console/catalogue_chapter.html", context)


@needs(Right.CATALOGUE_VIEW)
def categories(request: ConsoleRequest) -> HttpResponse:
    """Show the tree of categories."""
    nodes = in_order(Category.objects.annotate(number=Count("courses")))

    def menu(row: Category) -> list[MenuItem]:
        href = f"{reverse('console:create_category')}?parent_id={row.pk}"
        return menu_of("category", row.pk, "Rename or move", MenuItem("Create below", href, "plus"))

    rows = [
        (node, items)
        for node, (_, items) in zip(nodes, with_menus(request, [n.row for n in nodes], menu), strict=True)
    ]
    return render(request, "console/catalogue_categories.html", {"nodes": rows})


@needs(Right.CATALOGUE_VIEW)
def content_roles(request: ConsoleRequest) -> HttpResponse:
    """List the content roles with what is in them."""
    content = RoleContent.objects.filter(content_role=OuterRef("pk"))
    rows = ContentRole.objects.annotate(
        courses=_number(content.filter(course__isnull=False)),
        chapters=_number(content.filter(chapter__isnull=False)),
        users=_number(RoleGrant.objects.filter(content_role=OuterRef("pk"))),
    ).order_by("name")
    listed = with_menus(request, rows, lambda row: menu_of("content_role", row.pk))
    return render(request, "console/catalogue_content_roles.html", {"rows": listed})


@needs(Right.CATALOGUE_VIEW)
def competencies(request: ConsoleRequest) -> HttpResponse:
    """List the competencies, and where they are earned."""
    users = UserCompetency.objects.filter(competency=OuterRef("pk"))
    rows = (
        Competency.objects.annotate(users=_number(users, "competency"))
        .prefetch_related("courses__course")
        .order_by("name")
    )
    listed = with_menus(request, rows, lambda row: menu_of("competency", row.pk, "Rename"))
    return render(request, "console/catalogue_competencies.html", {"rows": listed})


def _number(rows: "QuerySet[Any]", by: str = "content_role") -> Coalesce:
    """Return how many rows there are as an expression; joins would count them several times."""
    return Coalesce(Subquery(rows.order_by().values(by).annotate(n=Count("pk")).values("n")), 0)
