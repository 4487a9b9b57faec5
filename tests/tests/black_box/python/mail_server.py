"""A mail server that takes mails in and says what it got: one JSON object per attempt on standard output.

The arguments are what it answers to one attempt after the other, the last one for ever: "accept", a code such as
"451", or "hang". With IDV_MAIL_LOGIN=name:password it wants that login. It listens on loopback only, and in the clear
unless IDV_MAIL_TLS says "starttls" or "tls"; the authority that vouches for it is then in ca.pem.
"""

import asyncio
import email
import email.policy
import json
import os
import ssl
import sys

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


class Handler:
    def __init__(self, answers):
        self.answers = answers

    async def handle_DATA(self, server, session, envelope):
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        parts = {part.get_content_type(): part.get_content() for part in mail.walk() if not part.is_multipart()}
        say({
            "answer": answer,
            "envelope_from": envelope.mail_from,
            "envelope_to": envelope.rcpt_tos,
            "content_type": mail.get_content_type(),
            "headers": {name.lower(): str(value) for name, value in mail.items()},
            "parts": parts,
            "encrypted": session.ssl is not None,
            "login": session.auth_data.decode() if session.auth_data else None,
        })
        if answer == "hang":
            await asyncio.sleep(600)
        return "250 taken" if answer == "accept" else f"{answer} as you like"


def authenticator(wanted):
    def check(server, session, envelope, mechanism, data):
        name, password = wanted.split(":", 1)
        good = isinstance(data, LoginPassword) and data == LoginPassword(name.encode(), password.encode())
        return AuthResult(success=good, auth_data=name.encode())

    return check


def say(what):
    print(json.dumps(what), flush=True)


async def main():
    handler = Handler(sys.argv[1:])
    login = os.environ.get("IDV_MAIL_LOGIN")
    options = {}
    if login:
        options = {"auth_require_tls": False, "auth_required": True, "authenticator": authenticator(login)}
    tls, whole = os.environ.get("IDV_MAIL_TLS"), None
    if tls:
        authority = trustme.CA()
        authority.cert_pem.write_to_path("ca.pem")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        if tls == "starttls":
            options |= {"tls_context": context, "require_starttls": True}
        else:
            whole = context
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(handler, hostname="mail.example", **options), "127.0.0.1", 0, ssl=whole
    )
    say({"port": server.sockets[0].getsockname()[1]})
    await server.serve_forever()


asyncio.run(main())
