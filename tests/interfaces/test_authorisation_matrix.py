"""Every address and method for everyone: what is not written here is not served.

Who: anonymous; Mallory, a learner; Lou, location manager of Oak, where all of the scene lies; Sam, location manager of
South; Carla, administrator of North and so of Oak; Alice, the super user. 302: sent to sign in, or on to another page.
"""

import pytest
from django.test import Client
from django.urls import reverse

from tests.cast import Cast
from tests.interfaces.conftest import BACKEND, SignIn
from tests.interfaces.routes import routes
from tests.interfaces.scene import argument, scene

MATRIX = """
# address                          anon learner in out admin super
home                         GET   302 302 302 302 302 302
home                         POST  302 302 302 302 302 302
web:health                   GET   200 200 200 200 200 200
web:health                   POST  405 405 405 405 405 405
web:sign_in                  GET   200 302 302 302 302 302
web:sign_in                  POST  200 302 302 302 302 302
web:sign_out                 GET   405 405 405 405 405 405
web:sign_out                 POST  302 302 302 302 302 302
web:forgotten_password       GET   200 200 200 200 200 200
web:forgotten_password       POST  200 200 200 200 200 200
web:password_mail_sent       GET   200 200 200 200 200 200
web:password_mail_sent       POST  405 405 405 405 405 405
web:set_password             GET   200 200 200 200 200 200
web:set_password             POST  200 200 200 200 200 200
web:profile                  GET   302 200 200 200 200 200
web:profile                  POST  302 200 200 200 200 200
web:edit_profile             GET   302 200 200 200 200 200
web:edit_profile             POST  302 422 422 422 422 422
web:confirm_email            GET   410 410 410 410 410 410
web:confirm_email            POST  410 410 410 410 410 410
web:change_password          GET   302 200 200 200 200 200
web:change_password          POST  302 200 200 200 200 200
web:theme                    GET   405 405 405 405 405 405
web:theme                    POST  302 302 302 302 302 302
web:verify_certificate       GET   200 200 200 200 200 200
web:verify_certificate       POST  405 405 405 405 405 405
web:video                    GET   302 404 404 404 404 404
web:video                    POST  302 405 405 405 405 405
web:captions                 GET   302 404 404 404 404 404
web:captions                 POST  302 405 405 405 405 405
console:users                GET   302 403 200 200 200 200
console:users                POST  302 403 405 405 405 405
console:create_user          GET   302 403 200 200 200 200
console:create_user          POST  302 403 422 422 422 422
console:merge_many           GET   302 403 403 403 200 200
console:merge_many           POST  302 403 403 403 422 422
console:merge_many_template  GET   302 403 403 403 200 200
console:merge_many_template  POST  302 403 403 403 405 405
console:import_users         GET   302 403 403 403 200 200
console:import_users         POST  302 403 403 403 422 422
console:link_users           GET   302 403 403 403 200 200
console:link_users           POST  302 403 403 403 422 422
console:users_template       GET   302 403 403 403 200 200
console:users_template       POST  302 403 403 403 405 405
console:users_file           GET   302 403 403 403 302 404
console:users_file           POST  302 403 403 403 405 405
console:users_file_columns   GET   302 403 403 403 200 404
console:users_file_columns   POST  302 403 403 403 422 404
console:users_file_preview   GET   302 403 403 403 200 404
console:users_file_preview   POST  302 403 403 403 200 404
console:users_file_rows      GET   302 403 403 403 200 404
console:users_file_rows      POST  302 403 403 403 405 405
console:users_file_refused   GET   302 403 403 403 200 404
console:users_file_refused   POST  302 403 403 403 405 405
console:remove_users_file    GET   302 403 403 403 405 405
console:remove_users_file    POST  302 403 403 403 302 404
console:user                 GET   302 403 200 404 200 200
console:user                 POST  302 403 405 405 405 405
console:course_report        GET   302 403 200 200 200 200
console:course_report        POST  302 403 405 405 405 405
console:user_report          GET   302 403 200 200 200 200
console:user_report          POST  302 403 405 405 405 405
console:attempt_report       GET   302 403 200 200 200 200
console:attempt_report       POST  302 403 405 405 405 405
console:user_training        GET   302 403 200 404 200 200
console:user_training        POST  302 403 405 405 405 405
console:user_transcript_pdf  GET   302 403 200 404 200 200
console:user_transcript_pdf  POST  302 403 405 405 405 405
console:user_transcript_table GET  302 403 200 404 200 200
console:user_transcript_table POST 302 403 405 405 405 405
console:certificate          GET   302 403 200 404 200 200
console:certificate          POST  302 403 405 405 405 405
console:enrol_user           GET   302 403 200 404 200 200
console:enrol_user           POST  302 403 422 404 422 422
console:withdraw_user        GET   302 403 200 404 200 200
console:withdraw_user        POST  302 403 422 404 422 422
console:grant_user_roles     GET   302 403 200 404 200 200
console:grant_user_roles     POST  302 403 422 404 422 422
console:enrol_users          GET   302 403 200 200 200 200
console:enrol_users          POST  302 403 422 422 422 422
console:withdraw_enrolments  GET   302 403 200 200 200 200
console:withdraw_enrolments  POST  302 403 422 422 422 422
console:grant_content_roles  GET   302 403 200 200 200 200
console:grant_content_roles  POST  302 403 422 422 422 422
console:user_lms_accounts    GET   302 403 200 404 200 200
console:user_lms_accounts    POST  302 403 405 405 405 405
console:user_launches        GET   302 403 200 404 200 200
console:user_launches        POST  302 403 405 405 405 405
console:user_operations      GET   302 403 200 404 200 200
console:user_operations      POST  302 403 405 405 405 405
console:edit_user            GET   302 403 200 404 200 200
console:edit_user            POST  302 403 422 404 422 422
console:reset_lms_accounts   GET   302 403 200 404 200 200
console:reset_lms_accounts   POST  302 403 200 404 200 200
console:deactivate_user      GET   302 403 200 404 200 200
console:deactivate_user      POST  302 403 200 404 200 200
console:merge_user           GET   302 403 403 403 200 200
console:merge_user           POST  302 403 403 403 422 422
console:mail_password_link   GET   302 403 405 405 405 405
console:mail_password_link   POST  302 403 302 404 302 302
console:retrieve_user        GET   302 403 200 404 200 200
console:retrieve_user        POST  302 403 200 404 200 200
console:user_preference      GET   302 403 200 404 200 200
console:user_preference      POST  302 403 405 405 405 405
console:reset_user_training  GET   302 403 403 403 200 200
console:reset_user_training  POST  302 403 403 403 422 422
console:reset_user_in_progress GET 302 403 200 404 200 200
console:reset_user_in_progress POST 302 403 200 404 200 200
console:reset_training       GET   302 403 403 403 200 200
console:reset_training       POST  302 403 403 403 422 422
console:reset_training_roles GET   302 403 403 403 200 200
console:reset_training_roles POST  302 403 403 403 422 422
console:reset_in_progress    GET   302 403 200 200 200 200
console:reset_in_progress    POST  302 403 422 422 422 422
console:link_lms_account     GET   302 403 403 403 200 200
console:link_lms_account     POST  302 403 403 403 422 422
console:remove_lms_account   GET   302 403 403 403 200 200
console:remove_lms_account   POST  302 403 403 403 200 200
console:withdraw_wrong       GET   302 403 403 403 200 200
console:withdraw_wrong       POST  302 403 403 403 200 200
console:launches             GET   302 403 200 200 200 200
console:launches             POST  302 403 405 405 405 405
console:try_launch           GET   302 403 403 403 200 200
console:try_launch           POST  302 403 403 403 422 422
console:launch               GET   302 403 200 404 200 200
console:launch               POST  302 403 405 405 405 405
console:queue                GET   302 403 403 403 200 200
console:queue                POST  302 403 403 403 405 405
console:cross_links          GET   302 403 403 403 200 200
console:cross_links          POST  302 403 403 403 405 405
console:approve_launch       GET   302 403 403 403 200 200
console:approve_launch       POST  302 403 403 403 200 200
console:link_launch          GET   302 403 403 403 200 200
console:link_launch          POST  302 403 403 403 422 422
console:declare_wrong        GET   302 403 403 403 200 200
console:declare_wrong        POST  302 403 403 403 200 200
console:lmss                 GET   302 403 403 403 200 200
console:lmss                 POST  302 403 403 403 405 405
console:register_lms         GET   302 403 403 403 403 200
console:register_lms         POST  302 403 403 403 403 422
console:lms                  GET   302 403 403 403 200 200
console:lms                  POST  302 403 403 403 405 405
console:edit_lms             GET   302 403 403 403 403 200
console:edit_lms             POST  302 403 403 403 403 422
console:switch_lms           GET   302 403 403 403 403 200
console:switch_lms           POST  302 403 403 403 403 200
console:locations            GET   302 403 200 200 200 200
console:locations            POST  302 403 405 405 405 405
console:create_location      GET   302 403 403 403 200 200
console:create_location      POST  302 403 403 403 422 422
console:edit_location        GET   302 403 403 403 200 200
console:edit_location        POST  302 403 403 403 422 422
console:remove_location      GET   302 403 403 403 200 200
console:remove_location      POST  302 403 403 403 200 200
console:attributes           GET   302 403 403 403 200 200
console:attributes           POST  302 403 403 403 405 405
console:create_attribute     GET   302 403 403 403 403 200
console:create_attribute     POST  302 403 403 403 403 422
console:edit_attribute       GET   302 403 403 403 403 200
console:edit_attribute       POST  302 403 403 403 403 422
console:remove_attribute     GET   302 403 403 403 403 200
console:remove_attribute     POST  302 403 403 403 403 200
console:api_tokens           GET   302 403 403 403 403 200
console:api_tokens           POST  302 403 403 403 403 405
console:create_api_token     GET   302 403 403 403 403 200
console:create_api_token     POST  302 403 403 403 403 422
console:scim_client          GET   302 403 403 403 403 200
console:scim_client          POST  302 403 403 403 403 405
console:revoke_api_token     GET   302 403 403 403 403 200
console:revoke_api_token     POST  302 403 403 403 403 200
console:webhooks             GET  302 403 403 403 403 200
console:webhooks             POST 302 403 403 403 403 405
console:create_webhook       GET  302 403 403 403 403 200
console:create_webhook       POST 302 403 403 403 403 422
console:webhook              GET  302 403 403 403 403 200
console:webhook              POST 302 403 403 403 403 405
console:edit_webhook         GET  302 403 403 403 403 200
console:edit_webhook         POST 302 403 403 403 403 422
console:remove_webhook       GET  302 403 403 403 403 200
console:remove_webhook       POST 302 403 403 403 403 200
console:new_webhook_secret   GET  302 403 403 403 403 200
console:new_webhook_secret   POST 302 403 403 403 403 200
console:test_webhook         GET  302 403 403 403 403 405
console:test_webhook         POST 302 403 403 403 403 302
console:start_webhook        GET  302 403 403 403 403 405
console:start_webhook        POST 302 403 403 403 403 302
console:webhook_again        GET  302 403 403 403 403 405
console:webhook_again        POST 302 403 403 403 403 302
console:webhook_delivery     GET  302 403 403 403 403 200
console:webhook_delivery     POST 302 403 403 403 403 405
console:courses              GET   302 403 200 200 200 200
console:courses              POST  302 403 405 405 405 405
console:course               GET   302 403 200 200 200 200
console:course               POST  302 403 405 405 405 405
console:chapter              GET   302 403 200 200 200 200
console:chapter              POST  302 403 405 405 405 405
console:categories           GET   302 403 200 200 200 200
console:categories           POST  302 403 405 405 405 405
console:content_roles        GET   302 403 200 200 200 200
console:content_roles        POST  302 403 405 405 405 405
console:competencies         GET   302 403 200 200 200 200
console:competencies         POST  302 403 405 405 405 405
console:create_course        GET   302 403 403 403 403 200
console:create_course        POST  302 403 403 403 403 422
console:edit_course          GET   302 403 403 403 403 200
console:edit_course          POST  302 403 403 403 403 422
console:create_chapter       GET   302 403 403 403 403 200
console:create_chapter       POST  302 403 403 403 403 422
console:edit_chapter         GET   302 403 403 403 403 200
console:edit_chapter         POST  302 403 403 403 403 422
console:edit_quiz            GET   302 403 403 403 403 200
console:edit_quiz            POST  302 403 403 403 403 422
console:create_category      GET   302 403 403 403 403 200
console:create_category      POST  302 403 403 403 403 422
console:edit_category        GET   302 403 403 403 403 200
console:edit_category        POST  302 403 403 403 403 422
console:create_content_role  GET   302 403 403 403 403 200
console:create_content_role  POST  302 403 403 403 403 422
console:edit_content_role    GET   302 403 403 403 403 200
console:edit_content_role    POST  302 403 403 403 403 422
console:create_competency    GET   302 403 403 403 403 200
console:create_competency    POST  302 403 403 403 403 422
console:edit_competency      GET   302 403 403 403 403 200
console:edit_competency      POST  302 403 403 403 403 422
console:order_chapters       GET   302 403 403 403 403 200
console:order_chapters       POST  302 403 403 403 403 200
console:remove_course        GET   302 403 403 403 403 200
console:remove_course        POST  302 403 403 403 403 200
console:remove_chapter       GET   302 403 403 403 403 200
console:remove_chapter       POST  302 403 403 403 403 200
console:remove_category      GET   302 403 403 403 403 200
console:remove_category      POST  302 403 403 403 403 200
console:remove_content_role  GET   302 403 403 403 403 200
console:remove_content_role  POST  302 403 403 403 403 200
console:remove_competency    GET   302 403 403 403 403 200
console:remove_competency    POST  302 403 403 403 403 200
console:operations           GET   302 403 200 200 200 200
console:operations           POST  302 403 405 405 405 405
console:operation            GET   302 403 200 404 200 200
console:operation            POST  302 403 405 405 405 405
console:job                  GET   302 403 404 404 200 200
console:job                  POST  302 403 405 405 405 405
console:decide_job           GET   302 403 200 404 200 200
console:decide_job           POST  302 403 422 404 422 422
console:job_again            GET   302 403 404 404 200 200
console:job_again            POST  302 403 404 404 200 200
console:undo                 GET   302 403 200 404 200 200
console:undo                 POST  302 403 200 404 200 200
learner:home                 GET   302 200 200 200 200 200
learner:home                 POST  302 200 200 200 200 200
learner:course               GET   302 404 404 404 404 404
learner:course               POST  302 405 405 405 405 405
learner:chapter              GET   302 404 404 404 404 404
learner:chapter              POST  302 405 405 405 405 405
learner:start                GET   302 405 405 405 405 405
learner:start                POST  302 404 404 404 404 404
learner:bookmark             GET   405 405 405 405 405 405
learner:bookmark             POST  401 400 400 400 400 400
learner:watched              GET   405 405 405 405 405 405
learner:watched              POST  401 400 400 400 400 400
learner:result               GET   302 404 404 404 404 404
learner:result               POST  302 405 405 405 405 405
learner:submit               GET   302 405 405 405 405 405
learner:submit               POST  302 404 404 404 404 404
learner:reset                GET   302 200 200 200 200 200
learner:reset                POST  302 409 409 409 409 409
learner:transcript           GET   302 200 200 200 200 200
learner:transcript           POST  405 405 405 405 405 405
learner:transcript_pdf       GET   302 200 200 200 200 200
learner:transcript_pdf       POST  405 405 405 405 405 405
learner:transcript_table     GET   302 200 200 200 200 200
learner:transcript_table     POST  405 405 405 405 405 405
learner:certificate          GET   302 404 404 404 404 404
learner:certificate          POST  405 405 405 405 405 405
lti:login                    GET   400 400 400 400 400 400
lti:login                    POST  400 400 400 400 400 400
lti:launch                   GET   405 405 405 405 405 405
lti:launch                   POST  400 400 400 400 400 400
lti:continue                 GET   405 405 405 405 405 405
lti:continue                 POST  403 403 403 403 403 403
lti:prove                    GET   410 410 410 410 410 410
lti:prove                    POST  410 410 410 410 410 410
lti:key_set                  GET   200 200 200 200 200 200
lti:key_set                  POST  405 405 405 405 405 405
lti:configuration            GET   200 200 200 200 200 200
lti:configuration            POST  405 405 405 405 405 405
scim:scim                    GET   401 401 401 401 401 401
scim:scim                    POST  401 401 401 401 401 401
"""
ROWS = {
    (name, method): [int(status) for status in statuses]
    for name, method, *statuses in (
        row.split() for row in MATRIX.strip().splitlines() if not row.startswith("#")
    )
}
METHODS = ("GET", "POST")


def test_every_route_has_a_row_for_every_method_and_no_row_is_left_over() -> None:
    # The API asks for a token, whoever is signed in: tests/interfaces/api/test_access.py has its matrix.
    pages = [name for name in routes() if not name.startswith("api:")]
    assert {(name, method) for name in pages for method in METHODS} == ROWS.keys()


@pytest.mark.parametrize("name", sorted({name for name, _ in ROWS}))
def test_everyone_gets_what_the_matrix_says(name: str, cast: Cast, signed_in: SignIn) -> None:
    url = reverse(name, kwargs=argument(scene(cast), name))
    for method in METHODS:
        everyone = [Client(), *map(signed_in, (cast.mallory, cast.lou, cast.sam, cast.carla, cast.alice))]
        found = [client.generic(method, url).status_code for client in everyone]
        assert found == ROWS[name, method], f"{method} {url}"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_the_console_knows_no_other_methods(method: str, cast: Cast, signed_in: SignIn) -> None:
    alice, there = signed_in(cast.alice), scene(cast)
    for name in routes():
        if name.startswith("console:"):
            url = reverse(name, kwargs=argument(there, name))
            assert alice.generic(method, url).status_code == 405, url


def test_a_post_without_the_csrf_token_is_refused_by_every_page_of_the_console(cast: Cast) -> None:
    alice = Client(enforce_csrf_checks=True)
    alice.force_login(cast.alice, backend=BACKEND)
    there = scene(cast)
    for name, method in ROWS:
        if name.startswith("console:") and method == "POST":
            url = reverse(name, kwargs=argument(there, name))
            assert alice.post(url).status_code == 403, url
