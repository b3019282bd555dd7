import { describe, expect, test } from 'vitest'
import { sampleDjangoProject } from '../renderer/memory-django.ts'
import { answer, type Answers, createApiDouble } from './api-double.ts'
import { runForTest } from './run-for-test.ts'
import { all, media, noKeys, profile } from './sample-destinations.ts'

describe('pail django', () => {
  const folder: Answers = { chooseFolder: answer({ folderId: 'f1', name: 'project' }) }
  const open = {
    ...sampleDjangoProject,
    destinations: sampleDjangoProject.destinations.map((each) => ({
      ...each,
      destination: { ...each.destination, bucket: null },
    })),
    questions: [
      { name: 'AWS_STORAGE_BUCKET_NAME', file: 'a.py', line: 3, variable: 'BUCKET', text: 'What?' },
    ],
  }

  test('import shows what it read, and what is left to ask', async () => {
    const double = createApiDouble({ ...folder, readDjangoProject: answer(open) })
    const argv = ['django', 'import', 'project', '--set', 'BUCKET=a=b', '--settings', 'site.settings']
    const ran = await runForTest(argv, double, noKeys)
    expect(ran.out).toBe(
      'Public media  media  public  s3://?/media/public/  mysite.storage_backends.PublicMediaStorage\n',
    )
    expect(ran.err).toContain('a.py:3: What? Answer with --set BUCKET=….')
    expect(ran.err).toContain('prefix: PublicMediaStorage.location, mysite/storage_backends.py:5\n')
    expect(double.inputs('readDjangoProject')).toEqual([
      { folderId: 'f1', settings: 'site.settings', answers: [{ name: 'BUCKET', value: 'a=b' }] },
    ])
    const refused = await runForTest(['django', 'import', '.', '--save', '--json'], double, noKeys)
    expect(refused.code).toBe(1)
    expect(JSON.parse(refused.out)).toMatchObject({ error: { code: 'invalid-argument' } })
  })

  test('import --save keeps a new profile, or adds to the one that is named', async () => {
    const saved = { profile, destinations: [media] }
    const double = createApiDouble({
      ...all,
      ...folder,
      readDjangoProject: answer(sampleDjangoProject),
      saveDjangoProject: answer(saved),
    })
    const ran = await runForTest(['django', 'import', '.', '--save', '--json'], double, noKeys)
    expect(JSON.parse(ran.out).saved).toEqual({ profiles: ['Work'], destinations: ['Public media'] })
    await runForTest(['django', 'import', '.', '--save', '--profile', 'Work'], double, noKeys)
    const destinations = sampleDjangoProject.destinations.map(({ destination }) => destination)
    expect(double.inputs('saveDjangoProject')).toEqual([
      { profile: sampleDjangoProject.profiles[0], destinations },
      { profile: { profileId: 'p1' }, destinations },
    ])
  })

  test('import --save keeps nothing of locations that overlap, but those that are named', async () => {
    const [found] = sampleDjangoProject.destinations
    const whole = { ...found!.destination, name: 'Everything', prefix: '' }
    const project = {
      ...sampleDjangoProject,
      destinations: [found!, { ...found!, aliases: ['default'], destination: whole }],
    }
    const double = createApiDouble({
      ...all,
      ...folder,
      readDjangoProject: answer(project),
      saveDjangoProject: answer({ profile, destinations: [media] }),
    })
    const looked = await runForTest(['django', 'import', '.'], double, noKeys)
    expect(looked).toMatchObject({ code: 0 })
    expect(looked.err).toContain('“Public media” and “Everything” overlap')
    expect(looked.err).toContain('--only NAME')

    const refused = await runForTest(['django', 'import', '.', '--save'], double, noKeys)
    expect(refused).toMatchObject({ code: 3 })
    expect(refused.err).toContain('Nothing was saved: ')
    expect(double.inputs('saveDjangoProject')).toEqual([])
    const typo = ['django', 'import', '.', '--save', '--only', 'Statik']
    expect((await runForTest(typo, double, noKeys)).err).toContain('“Public media”, “Everything”')
    expect(double.inputs('saveDjangoProject')).toEqual([])

    await runForTest(['django', 'import', '.', '--save', '--only', 'Everything'], double, noKeys)
    expect(double.inputs('saveDjangoProject')).toEqual([
      { profile: sampleDjangoProject.profiles[0], destinations: [whole] },
    ])
  })

  test('wrong usage is told', async () => {
    for (const argv of [
      ['django', 'import', 'x', '--only', 'Static'],
      ['django', 'export', 's3://b', '--only', 'Static', '--json'],
      ['django', 'eat', 'x'],
      ['django', 'import', 'x', '--out', 'y'],
      ['django', 'export', 's3://b', '--save', '--json'],
      ['django', 'export', 's3://b'],
      ['django', 'export', 'b', '--json'],
      ['django', 'import', 'x', '--set', '=1'],
    ])
      expect([argv, (await runForTest(argv, createApiDouble(all), noKeys)).code]).toEqual([argv, 2])
  })
})
