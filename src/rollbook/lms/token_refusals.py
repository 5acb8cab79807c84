"""Why a launch message is refused before its content counts: form, header, key, signature."""

from rollbook.lms.refusal import LaunchRefused


class TokenTooLarge(LaunchRefused):
    """The launch message is too large.

    Remove custom parameters that are not needed from the link in the LMS.
    """


class TokenMalformed(LaunchRefused):
    """The launch message is not a signed token.

    A proxy between the LMS and Rollbook may have cut or changed it.
    """


class TokenEncrypted(LaunchRefused):
    """The launch message is encrypted, which LTI 1.3 does not provide for.

    Switch encryption of ID tokens off for this tool in the LMS.
    """


class MemberTwice(LaunchRefused):
    """The launch message says the same thing twice, so that it is unclear which one counts.

    This is a fault in the LMS or a forged message. Ask the maker of the LMS about the named member.
    """


class AlgorithmNone(LaunchRefused):
    """The launch message is not signed.

    Set the signature of ID tokens for this tool to RS256 in the LMS. An unsigned message may be an attack.
    """


class AlgorithmSymmetric(LaunchRefused):
    """The launch message is signed with a shared secret, which proves nothing about who sent it.

    Set the signature of ID tokens for this tool to RS256 in the LMS.
    """


class AlgorithmUnknown(LaunchRefused):
    """The launch message is signed in a way that Rollbook does not accept.

    Set the signature of ID tokens for this tool to RS256 (or ES256) in the LMS.
    """


class KeyInHeader(LaunchRefused):
    """The launch message brings its own key (jwk); only keys from the LMS's registered key-set URL count.

    The LMS must not send jwk in the token's header. A message that brings its own key may be an attack.
    """


class KeySetInHeader(LaunchRefused):
    """The launch message says where to fetch its key (jku); only the LMS's registered key-set URL counts.

    The LMS must not send jku in the token's header. Register its key-set URL in Rollbook instead.
    """


class CertificateInHeader(LaunchRefused):
    """The launch message brings its own certificate (x5c); only keys from the registered key-set URL count.

    The LMS must not send x5c in the token's header.
    """


class CertificateAddressInHeader(LaunchRefused):
    """The launch message says where to fetch its certificate (x5u); only the registered key-set URL counts.

    The LMS must not send x5u in the token's header.
    """


class HeaderCritical(LaunchRefused):
    """The launch message asks for an extension (crit) that Rollbook does not know.

    Switch the named extension off in the LMS.
    """


class PayloadUnencoded(LaunchRefused):
    """The launch message is written in a form (b64) that LTI 1.3 does not provide for.

    The LMS must send ordinary signed tokens (RFC 7519).
    """


class KeyIdMissing(LaunchRefused):
    """The launch message does not say with which key it is signed (kid).

    The LMS must name the key's id in the token's header (1EdTech Security Framework 1.0, 5.1.2).
    """


class KeyUnknown(LaunchRefused):
    """The launch message is signed with a key that the LMS does not publish.

    Check the key-set URL of the LMS in Rollbook: its answer must have the named key. After a change of keys,
    try again in a minute.
    """

    again = True


class KeyUnusable(LaunchRefused):
    """The LMS's key is not meant for this kind of signature.

    The named key in the LMS's key set must have the type, use and algorithm that its tokens use.
    """


class KeyTooWeak(LaunchRefused):
    """The LMS's key is too short to be safe.

    Create an RSA key of at least 2048 bits in the LMS.
    """


class KeySetUnreachable(LaunchRefused):
    """The LMS's keys could not be fetched, so that nobody can tell whether the launch is genuine.

    Check that the key-set URL of the LMS is right and answers quickly from this server.
    """

    status = 502
    again = True


class SignatureWrong(LaunchRefused):
    """The signature does not fit: the launch message was changed, or signed with another key.

    Check the key-set URL of the LMS in Rollbook. If it is right, the message may have been forged.
    """


class ClaimsNotAnObject(LaunchRefused):
    """The launch message is not a set of named claims.

    This is a fault in the LMS; ask its maker.
    """
