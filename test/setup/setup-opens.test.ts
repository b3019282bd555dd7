import { afterEach, expect, test } from 'vitest'
import type { PlannedCall } from '../../src-main/setup/plan-setup.ts'
import { whatSetupOpens } from '../../src-main/setup/setup-opens.ts'
import { minio, type ProviderDouble, startProvider } from '../backend/provider-double.ts'
import { testSession } from '../s3/scripted-server.ts'

let provider: ProviderDouble
afterEach(() => provider.server.close())

test('S44 what the policy opens already, and Block Public Access kept shut, is named when that is lifted', async () => {
  provider = await startProvider('website', minio)
  for (const key of ['static/a.css', 'old/b.txt'])
    await fetch(`${provider.server.endpoint}/website/${key}`, { method: 'PUT', body: key })
  const session = testSession(provider.server.endpoint)
  const policy = (...prefixes: string[]) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: '*',
          Action: 's3:GetObject',
          Resource: prefixes.map((prefix) => `arn:aws:s3:::website/${prefix}*`),
        },
      ],
    })
  const block = { call: 'PutPublicAccessBlock' } as PlannedCall
  const put = { call: 'PutBucketPolicy', setting: { name: 'policy', value: policy('old/', 'static/') } }
  const opens = async (calls: readonly PlannedCall[], before: string | null) =>
    (await whatSetupOpens(session, { bucket: 'website', calls }, before))?.sample.toSorted() ?? null
  try {
    // The policy is as it should be, so that no call puts it.
    expect(await opens([block], policy('static/'))).toEqual(['static/a.css'])
    expect(await opens([], policy('static/'))).toBeNull()
    expect(await opens([put as PlannedCall], policy('old/'))).toEqual(['static/a.css'])
    expect(await opens([put as PlannedCall, block], policy('old/'))).toEqual(['old/b.txt', 'static/a.css'])
    expect(await opens([block], null)).toBeNull()
  } finally {
    session.destroy()
  }
})
