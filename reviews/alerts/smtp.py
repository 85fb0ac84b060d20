"""The one mail server that this installation speaks to: the host of the settings and no other."""

import smtplib
import ssl
from email.message import EmailMessage

from reviews.alerts.retries import Verdict
from reviews.config import Settings


class SmtpMailer:
    """Hands mails to the configured server, one connection a mail. `seconds` is how long each step may take."""

    def __init__(self, settings: Settings, *, seconds: float = 20.0) -> None:
        self._settings = settings
        self._seconds = seconds

    def send(self, mail: EmailMessage) -> Verdict:
        """What the server said. Only a refused recipient is final; what may be a wrong setting is tried again."""
        try:
            with self._connect() as server:
                server.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            codes = sorted({code for code, _ in error.recipients.values()})
            said = f"recipient refused ({', '.join(map(str, codes))})"
            return Verdict(outcome="refused" if min(codes) >= 500 else "failed", said=said)
        except smtplib.SMTPResponseException as error:
            # The server's own words may repeat addresses, so only the code is kept.
            is_down = not isinstance(error, smtplib.SMTPDataError)
            return Verdict(outcome="failed", said=f"{type(error).__name__} ({error.smtp_code})", is_down=is_down)
        except (smtplib.SMTPException, OSError) as error:
            return Verdict(outcome="failed", said=type(error).__name__, is_down=True)
        return Verdict(outcome="taken", said="250")

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        context = ssl.create_default_context()
        if settings.smtp_security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                settings.smtp_host, settings.smtp_port, timeout=self._seconds, context=context
            )
        else:
            server = smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=self._seconds)
        try:
            if settings.smtp_security == "starttls":
                server.starttls(context=context)
            if settings.smtp_user:
                server.login(settings.smtp_user, settings.smtp_password)
        except BaseException:
            server.close()
            raise
        return server
