// An OpenID Connect provider of the tests: `node identity_provider.mjs PORT REDIRECT_URI`; says "ready" when it answers.
// Whoever logs in is who they say; addresses that begin with "unsure" are not verified.
import Provider from 'oidc-provider';

const [port, redirectUri] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const provider = new Provider(issuer, {
  clients: [{
    client_id: 'clinic-reviews',
    client_secret: 'a secret: of the client',
    redirect_uris: [redirectUri],
    post_logout_redirect_uris: [redirectUri.replace(/\/login\/.*/, '/login')],
  }],
  pkce: { required: () => true, methods: ['S256'] },
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  cookies: { keys: ['for tests only'] },
  findAccount: async (_, id) => ({
    accountId: id,
    claims: async () => ({ sub: id, email: id, email_verified: !id.startsWith('unsure'), name: 'Somebody' }),
  }),
});
provider.listen(Number(port), '127.0.0.1', () => console.log('ready'));
