"""The learner's pages."""

from django.urls import path

from rollbook.interfaces.learner import chapter, course, quiz, reset, saving, transcript, views

app_name = "learner"
urlpatterns = [
    path("", views.home, name="home"),
    path("courses/<int:pk>/", course.course, name="course"),
    path("chapters/<int:pk>/", chapter.chapter, name="chapter"),
    path("chapters/<int:pk>/start/", chapter.start, name="start"),
    path("progress/<int:pk>/bookmark/", saving.bookmark, name="bookmark"),
    path("progress/<int:pk>/watched/", saving.watched, name="watched"),
    path("attempts/<int:pk>/", quiz.result, name="result"),
    path("attempts/<int:pk>/answers/", quiz.submit, name="submit"),
    path("reset/", reset.reset, name="reset"),
    path("transcript/", transcript.transcript, name="transcript"),
    path("transcript.pdf", transcript.transcript_pdf, name="transcript_pdf"),
    path("transcript.<slug:wanted>", transcript.transcript_table, name="transcript_table"),
    path("certificates/<slug:code>.pdf", transcript.certificate, name="certificate"),
]
