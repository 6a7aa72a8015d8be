// Transfer a call on SIP REFER, as it is usually written: twilio by its front door, the document
// client, Powertools.

import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { BatchGetCommand, DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import twilio from 'twilio';

const { CALLS_TABLE, TARGETS_TABLE, TOKENS_SECRET } = process.env;
const SECONDS_A_DAY = 86_400;

const logger = new Logger({ serviceName: 'refer' });
const metrics = new Metrics({ namespace: 'Refer', serviceName: 'refer' });
const table = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const secretsManager = new SecretsManagerClient({});

let tokens;

async function authTokens(accountSid) {
  if (!tokens) {
    const secret = await secretsManager.send(new GetSecretValueCommand({ SecretId: TOKENS_SECRET }));
    tokens = JSON.parse(secret.SecretString);
  }
  return tokens[accountSid] ?? [];
}

async function verifiedForm(event) {
  const sent = event.body ?? '';
  const body = event.isBase64Encoded ? Buffer.from(sent, 'base64').toString() : sent;
  const form = Object.fromEntries(new URLSearchParams(body));
  const url = `https://${event.requestContext.domainName}${event.rawPath}`;
  const signature = event.headers['x-twilio-signature'] ?? '';
  const signed = (await authTokens(form.AccountSid)).some((token) =>
    twilio.validateRequest(token, signature, url, form),
  );
  return signed ? form : null;
}

async function lookUp(tenant, target, session) {
  const [, user, host] = /sips?:([^@;>]+)@([^;?>]+)/.exec(target) ?? [];
  if (!user) return undefined;
  const keys = [`sip:${user}@${host}`, user, `*@${host}`].flatMap((address) => [
    { tenant, address },
    { tenant: '*', address },
  ]);
  const found = await table.send(
    new BatchGetCommand({
      RequestItems: {
        [TARGETS_TABLE]: { Keys: keys },
        [CALLS_TABLE]: { Keys: [{ session, hop: '0' }], ConsistentRead: true },
      },
    }),
  );
  const entries = found.Responses?.[TARGETS_TABLE] ?? [];
  return keys
    .map((key) => entries.find((one) => one.tenant === key.tenant && one.address === key.address))
    .find(Boolean);
}

async function record(session, form, sip) {
  const now = Math.floor(Date.now() / 1000);
  try {
    await table.send(
      new UpdateCommand({
        TableName: CALLS_TABLE,
        Key: { session, hop: '1' },
        UpdateExpression:
          'SET asked = :asked, caller = :caller, called = :called, target = :target, ' +
          'opened_at = :now, expires_at = :expires',
        ConditionExpression: 'attribute_not_exists(opened_at)',
        ExpressionAttributeValues: {
          ':asked': form.ReferTransferTarget,
          ':caller': form.From,
          ':called': form.To,
          ':target': sip,
          ':now': now,
          ':expires': now + 90 * SECONDS_A_DAY,
        },
      }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}

function dial(domain, session, entry, sip) {
  const response = new twilio.twiml.VoiceResponse();
  response
    .dial({
      answerOnBridge: true,
      timeout: entry.ring_timeout,
      action: `https://${domain}/dial-result/${session}`,
      referUrl: `https://${domain}/refer/hold/${session}/1/0/0/initial`,
    })
    .sip(
      {
        statusCallback: `https://${domain}/leg-status/${session}`,
        statusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'],
      },
      sip,
    );
  return response.toString();
}

function rejected() {
  const response = new twilio.twiml.VoiceResponse();
  response.reject();
  return response.toString();
}

const answer = (statusCode, type, body) => ({ statusCode, headers: { 'content-type': type }, body });

export async function handler(event, context) {
  logger.addContext(context);
  const form = await verifiedForm(event);
  if (!form) return answer(403, 'text/plain', 'not signed by Twilio');

  const { session } = event.pathParameters;
  const { domainName } = event.requestContext;
  const key = `${form.AccountSid}/${session}`;
  const entry = await lookUp(form.AccountSid, form.ReferTransferTarget ?? '', key);
  const sip = entry?.dial[0].sip;
  if (sip) await record(key, form, sip);

  logger.info('transfer', { call_sid: form.CallSid, target: entry?.address });
  metrics.addMetric('Transfers', MetricUnit.Count, 1);
  metrics.publishStoredMetrics();
  return answer(200, 'text/xml', sip ? dial(domainName, session, entry, sip) : rejected());
}
