import { expect, test } from 'vitest'
import { commandEnvironment, shellOf } from '../../src-main/commands/shell.ts'

test.each([
  ['linux', {}, false, '/bin/sh -c'],
  ['linux', { SHELL: '/usr/bin/fish' }, false, '/bin/sh -c'],
  ['darwin', {}, false, '/bin/zsh -l -c'],
  ['darwin', { SHELL: '/opt/homebrew/bin/bash' }, false, '/opt/homebrew/bin/bash -l -c'],
  ['darwin', { SHELL: '/bin/zsh' }, true, '/bin/sh -c'],
  ['win32', { ComSpec: 'C:\\Windows\\system32\\cmd.exe' }, false, 'C:\\Windows\\system32\\cmd.exe /d /s /c'],
  ['win32', {}, true, 'cmd.exe /d /s /c'],
] as const)(
  'the shell on %s with %j (from a terminal: %s)',
  (platform, environment, isFromTerminal, expected) => {
    const shell = shellOf(platform, environment, isFromTerminal)
    expect([shell.program, ...shell.arguments].join(' ')).toBe(expected)
    expect(shell.verbatim).toBe(platform === 'win32')
  },
)

test('S27 a command gets neither keys nor what is Pail’s own', () => {
  expect(
    commandEnvironment({
      PATH: '/bin',
      AWS_SECRET_ACCESS_KEY: 'x',
      aws_profile: 'x',
      PAIL_USER_DATA: 'x',
      ELECTRON_RUN_AS_NODE: '1',
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
      DJANGO_SETTINGS_MODULE: 'site.settings',
    }),
  ).toEqual({ PATH: '/bin', DJANGO_SETTINGS_MODULE: 'site.settings', PYTHONUNBUFFERED: '1' })
})
