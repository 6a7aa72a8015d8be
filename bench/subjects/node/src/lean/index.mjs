// Transfer a call on SIP REFER, lean: the two modules of twilio that do the job, three commands of
// the SDK, no document client, no Powertools.

import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  DynamoDBClient,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import VoiceResponse from 'twilio/lib/twiml/VoiceResponse.js';
import { validateRequest } from 'twilio/lib/webhooks/webhooks.js';

const { CALLS_TABLE, TARGETS_TABLE, TOKENS_SECRET } = process.env;
const SECONDS_A_DAY = 86_400;
const SIP_ADDRESS = /sips?:([^@;>]+)@([^;?>]+)/;

const dynamodb = new DynamoDBClient({});
const secretsManager = new SecretsManagerClient({});

let tokens;

function authTokens() {
  tokens ??= secretsManager
    .send(new GetSecretValueCommand({ SecretId: TOKENS_SECRET }))
    .then((secret) => JSON.parse(secret.SecretString));
  return tokens;
}

// On its way while the runtime asks for the first event; whoever needs it sees it fail, and the
// next one asks again.
authTokens().catch(() => {
  tokens = undefined;
});

async function verifiedForm(event) {
  const sent = event.body ?? '';
  const body = event.isBase64Encoded ? Buffer.from(sent, 'base64').toString() : sent;
  const form = Object.fromEntries(new URLSearchParams(body));
  const url = `https://${event.requestContext.domainName}${event.rawPath}`;
  const signature = event.headers['x-twilio-signature'] ?? '';
  const known = (await authTokens())[form.AccountSid] ?? [];
  return known.some((token) => validateRequest(token, signature, url, form)) ? form : null;
}

async function lookUp(tenant, target, session) {
  const [, user, host] = SIP_ADDRESS.exec(target) ?? [];
  if (!user) return undefined;
  const keys = [`sip:${user}@${host}`, user, `*@${host}`].flatMap((address) => [
    { tenant: { S: tenant }, address: { S: address } },
    { tenant: { S: '*' }, address: { S: address } },
  ]);
  const found = await dynamodb.send(
    new BatchGetItemCommand({
      RequestItems: {
        [TARGETS_TABLE]: { Keys: keys },
        [CALLS_TABLE]: { Keys: [{ session: { S: session }, hop: { S: '0' } }], ConsistentRead: true },
      },
    }),
  );
  const entries = found.Responses?.[TARGETS_TABLE] ?? [];
  const is = (one, key) => one.tenant.S === key.tenant.S && one.address.S === key.address.S;
  return keys.map((key) => entries.find((one) => is(one, key))).find(Boolean);
}

async function record(session, form, sip) {
  const now = Math.floor(Date.now() / 1000);
  try {
    await dynamodb.send(
      new UpdateItemCommand({
        TableName: CALLS_TABLE,
        Key: { session: { S: session }, hop: { S: '1' } },
        UpdateExpression:
          'SET asked = :asked, caller = :caller, called = :called, target = :target, ' +
          'opened_at = :now, expires_at = :expires',
        ConditionExpression: 'attribute_not_exists(opened_at)',
        ExpressionAttributeValues: {
          ':asked': { S: form.ReferTransferTarget },
          ':caller': { S: form.From },
          ':called': { S: form.To },
          ':target': { S: sip },
          ':now': { N: String(now) },
          ':expires': { N: String(now + 90 * SECONDS_A_DAY) },
        },
      }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}

function twiml(domain, session, entry, sip) {
  const response = new VoiceResponse();
  if (!sip) {
    response.reject();
    return response.toString();
  }
  response
    .dial({
      answerOnBridge: true,
      timeout: entry.ring_timeout?.N,
      action: `https://${domain}/dial-result/${session}`,
      referUrl: `https://${domain}/refer/hold/${session}/1/0/0/initial`,
    })
    .sip(
      {
        statusCallback: `https://${domain}/leg-status/${session}`,
        statusCallbackEvent: 'initiated ringing answered completed',
      },
      sip,
    );
  return response.toString();
}

function tell(form, entry, began) {
  const line = { level: 'INFO', message: 'transfer', call_sid: form.CallSid };
  const metric = {
    Namespace: 'Refer',
    Dimensions: [['webhook']],
    Metrics: [{ Name: 'Duration', Unit: 'Milliseconds' }],
  };
  const emf = {
    _aws: { Timestamp: Date.now(), CloudWatchMetrics: [metric] },
    webhook: 'refer',
    Duration: performance.now() - began,
  };
  // Not console.log: the runtime client would put a time and an id in front of each.
  process.stdout.write(
    `${JSON.stringify({ ...line, target: entry?.address.S })}\n${JSON.stringify(emf)}\n`,
  );
}

const answer = (statusCode, type, body) => ({ statusCode, headers: { 'content-type': type }, body });

export async function handler(event) {
  const began = performance.now();
  const form = await verifiedForm(event);
  if (!form) return answer(403, 'text/plain', 'not signed by Twilio');

  const { session } = event.pathParameters;
  const key = `${form.AccountSid}/${session}`;
  const entry = await lookUp(form.AccountSid, form.ReferTransferTarget ?? '', key);
  const sip = entry?.dial.L[0].M.sip.S;
  if (sip) await record(key, form, sip);
  const body = twiml(event.requestContext.domainName, session, entry, sip);
  tell(form, entry, began);
  return answer(200, 'text/xml', body);
}
