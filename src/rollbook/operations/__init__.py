"""One verb per file; this is the explicit list."""

from rollbook.ledger.operation import Operation
from rollbook.ledger.undo import Undo
from rollbook.operations.admit_launch import AdmitLaunch
from rollbook.operations.award_completion import AwardCompletion
from rollbook.operations.create_api_token import CreateApiToken
from rollbook.operations.create_user import CreateUser
from rollbook.operations.deactivate_users import DeactivateUsers
from rollbook.operations.declare_wrong import DeclareWrong
from rollbook.operations.edit_own_profile import EditOwnProfile
from rollbook.operations.edit_user import EditUser
from rollbook.operations.enrol_users import EnrolUsers
from rollbook.operations.grant_content_roles import GrantContentRoles
from rollbook.operations.import_users import ImportUsers
from rollbook.operations.link_lms_account import LinkLMSAccount
from rollbook.operations.link_users import LinkUsers
from rollbook.operations.merge_many_users import MergeManyUsers
from rollbook.operations.merge_users import MergeUsers
from rollbook.operations.order_chapters import OrderChapters
from rollbook.operations.remove_attribute import RemoveAttribute
from rollbook.operations.remove_from_catalogue import RemoveFromCatalogue
from rollbook.operations.remove_location import RemoveLocation
from rollbook.operations.remove_webhook import RemoveWebhook
from rollbook.operations.reset_in_progress import ResetInProgress
from rollbook.operations.reset_lms_accounts import ResetLMSAccounts
from rollbook.operations.reset_training import ResetTraining
from rollbook.operations.retrieve_users import RetrieveUsers
from rollbook.operations.revoke_api_token import RevokeApiToken
from rollbook.operations.save_attribute import SaveAttribute
from rollbook.operations.save_category import SaveCategory
from rollbook.operations.save_chapter import SaveChapter
from rollbook.operations.save_competency import SaveCompetency
from rollbook.operations.save_content_role import SaveContentRole
from rollbook.operations.save_course import SaveCourse
from rollbook.operations.save_lms import SaveLMS
from rollbook.operations.save_location import SaveLocation
from rollbook.operations.save_quiz import SaveQuiz
from rollbook.operations.save_webhook import SaveWebhook
from rollbook.operations.set_lms_enabled import SetLMSEnabled
from rollbook.operations.withdraw_enrolments import WithdrawEnrolments
from rollbook.operations.withdraw_wrong import WithdrawWrong

OPERATIONS: tuple[type[Operation], ...] = (
    AdmitLaunch,
    AwardCompletion,
    CreateApiToken,
    CreateUser,
    DeactivateUsers,
    DeclareWrong,
    EditOwnProfile,
    EditUser,
    EnrolUsers,
    GrantContentRoles,
    ImportUsers,
    LinkLMSAccount,
    LinkUsers,
    MergeManyUsers,
    MergeUsers,
    OrderChapters,
    RemoveAttribute,
    RemoveFromCatalogue,
    RemoveLocation,
    RemoveWebhook,
    ResetInProgress,
    ResetLMSAccounts,
    ResetTraining,
    RetrieveUsers,
    RevokeApiToken,
    SaveAttribute,
    SaveCategory,
    SaveChapter,
    SaveCompetency,
    SaveContentRole,
    SaveCourse,
    SaveLMS,
    SaveLocation,
    SaveQuiz,
    SaveWebhook,
    SetLMSEnabled,
    Undo,
    WithdrawEnrolments,
    WithdrawWrong,
)
