import type { CommandSpec, OptionSpec } from './command.ts'
import { prepareAccess } from './commands/access.ts'
import { mbOptions, prepareBuckets, prepareMb, prepareRb } from './commands/buckets.ts'
import { prepareCheck } from './commands/check.ts'
import { prepareDestinations } from './commands/destinations.ts'
import { djangoOptions, prepareDjango } from './commands/django.ts'
import { getOptions, prepareGet } from './commands/get.ts'
import { prepareHistory } from './commands/history.ts'
import { linkOptions, prepareLink } from './commands/link.ts'
import { isRevoking, linksOptions, prepareLinks } from './commands/links.ts'
import { lsOptions, prepareLs } from './commands/ls.ts'
import { preparePut, putOptions } from './commands/put.ts'
import { prepareRequestUpload, requestUploadOptions } from './commands/request-upload.ts'
import { prepareResume } from './commands/resume.ts'
import { prepareRm } from './commands/rm.ts'
import { prepareScan, scanOptions } from './commands/scan.ts'
import { prepareSetVisibility, setVisibilityOptions } from './commands/set-visibility.ts'
import { prepareSetup, setupOptions } from './commands/setup.ts'
import { prepareSweep, sweepOptions } from './commands/sweep.ts'
import { prepareSync, syncOptions } from './commands/sync.ts'
import { prepareTransfers } from './commands/transfers.ts'
import { prepareUndo, undoOptions } from './commands/undo.ts'

/** What every command takes. */
export const commonOptions = {
  profile: { type: 'string', value: 'NAME', text: 'a profile of the application, or one of ~/.aws' },
  region: { type: 'string', value: 'NAME', text: 'the region (default: AWS_REGION, else us-east-1)' },
  'endpoint-url': { type: 'string', value: 'URL', text: 'an S3 service other than AWS' },
  'path-style': { type: 'boolean', text: 'the bucket goes into the path and not into the host name' },
  'allow-http': {
    type: 'boolean',
    text: 'send signed requests to an http address that is not this computer',
  },
  'ca-bundle': {
    type: 'string',
    value: 'FILE',
    text: 'certificates in PEM to trust as well, for a service with an authority of its own',
  },
  proxy: {
    type: 'string',
    value: 'URL|none',
    text: 'the proxy to go through (default: HTTPS_PROXY and its like); a user’s password is in PAIL_PROXY_PASSWORD',
  },
  sdk: { type: 'boolean', text: 'send everything through the AWS SDK, if a service needs that; slower' },
  json: { type: 'boolean', text: 'one JSON document on stdout' },
  quiet: { type: 'boolean', short: 'q', text: 'no words but failures and warnings' },
  help: { type: 'boolean', short: 'h', text: 'this text' },
} as const satisfies Record<string, OptionSpec>

/** Every command, once: what is parsed, what help shows and what is run all come from here. */
export const commands: readonly CommandSpec[] = [
  {
    name: 'sync',
    summary: 'make a prefix equal to a folder',
    usage: '<folder> s3://bucket/prefix | [folder] --to NAME',
    leastArguments: 2,
    mostArguments: 2,
    argumentsWithTo: { least: 0, most: 1 },
    options: syncOptions,
    notes: [
      'With --to the destination says where, its headers, exclusions and visibility; the options go before it.',
      'What a .pailignore in the folder names, with the rules of .gitignore, is left out.',
      'A plan is made first. Only what changed is sent; headers that differ are changed in place.',
      'The command of --run-before gets no AWS_ variables and no input, and is ended after 30 minutes.',
      'With --dry-run it is not run.',
      'With --watch it goes on: each round is a whole plan, and with --json one line of JSON.',
      'The command of --run-before is run once, before the first round.',
      'With --delete the removals are asked for on a terminal; elsewhere they need --yes. Nothing is removed after any failure.',
      'Only what earlier syncs to the same place put there is removed; --delete-foreign removes other objects, too.',
    ],
    prepare: prepareSync,
  },
  {
    name: 'history',
    summary: 'list the syncs to a prefix, newest first',
    usage: 's3://bucket/prefix',
    leastArguments: 1,
    mostArguments: 1,
    options: {},
    notes: ['Of the syncs from this computer, by the application and the command line, the last fifty.'],
    prepare: prepareHistory,
  },
  {
    name: 'undo',
    summary: 'undo the last sync to a prefix',
    usage: 's3://bucket/prefix',
    leastArguments: 1,
    mostArguments: 1,
    options: undoOptions,
    notes: [
      'What was overwritten or removed comes back from the bucket’s versions, or from the copies of --keep-previous.',
      'What was changed after the sync is left alone. What cannot be undone is named, and fails the command.',
      'It is asked for on a terminal; elsewhere it needs --yes. Nothing is removed after any failure.',
    ],
    prepare: prepareUndo,
  },
  {
    name: 'put',
    summary: 'upload files and folders',
    usage: '<file…> s3://bucket/prefix/ | <file…> --to NAME',
    leastArguments: 2,
    mostArguments: Number.POSITIVE_INFINITY,
    argumentsWithTo: { least: 1, most: Number.POSITIVE_INFINITY },
    options: putOptions,
    notes: [
      'Prints the address of each uploaded object. Nothing is ever overwritten unasked. Folders keep their structure.',
      'A key template may hold {name}, {slug}, {ext}, {yyyy}, {mm}, {dd}, {hash8} and {uuid}.',
      '--on-conflict keep-both gives the file another name, as Django does: photo_Ab3dE5f.jpg.',
      '--strip-metadata leaves JPEG, PNG, WebP and GIF as they look, and the files here as they are. What it cannot take',
      'apart (HEIC, AVIF, TIFF, SVG, video, damaged pictures) is not sent; --send-unstripped sends all but the damaged ones.',
      'With --json each object has its key, and as value the key below the destination, as a database stores it;',
      'overwriteGuard says how sure it is that nothing was overwritten: by-service, checked-first or not-known.',
    ],
    prepare: preparePut,
  },
  {
    name: 'transfers',
    summary: 'list transfers that have not come to their end',
    usage: '',
    leastArguments: 0,
    mostArguments: 0,
    options: {},
    notes: ['Of this computer, by the application and the command line, whatever profile they have.'],
    prepare: prepareTransfers,
  },
  {
    name: 'resume',
    summary: 'go on with transfers that were interrupted',
    usage: '',
    leastArguments: 0,
    mostArguments: 0,
    options: {},
    notes: [
      'Those of this profile, also of a pail put or get that was killed, and what failed and can be tried again.',
      'What the service has is not sent again, and of a download what is there is not fetched again.',
      'What was stopped with Ctrl+C was cancelled, and is not taken up.',
    ],
    prepare: prepareResume,
  },
  {
    name: 'get',
    summary: 'download an object',
    usage: 's3://bucket/key [file]',
    leastArguments: 1,
    mostArguments: 2,
    options: getOptions,
    notes: [
      'A file named - is stdout. A file that is there stays, unless --force is given.',
      'Killed, it is listed by pail transfers, and pail resume goes on with it, unless it was for stdout.',
      'With --json, verified says whether a checksum or the ETag proved the bytes, and not their length alone.',
    ],
    prepare: prepareGet,
  },
  {
    name: 'ls',
    summary: 'list objects: size, date, key',
    usage: 's3://bucket[/prefix]',
    leastArguments: 1,
    mostArguments: 1,
    options: lsOptions,
    notes: ['Control characters in keys are shown as escapes; --json has every key exactly.'],
    prepare: prepareLs,
  },
  {
    name: 'rm',
    summary: 'remove objects',
    usage: 's3://bucket/key…',
    leastArguments: 1,
    mostArguments: Number.POSITIVE_INFINITY,
    options: {},
    prepare: prepareRm,
  },
  {
    name: 'sweep',
    summary: 'list uploads that were never completed, and abort them',
    usage: 's3://bucket[/prefix]',
    leastArguments: 1,
    mostArguments: 1,
    options: sweepOptions,
    notes: [
      'Parts of uploads that were cut off are in no listing and cost as much as objects. Without --abort nothing is.',
      'What a transfer of this computer is going to finish is never aborted. No other command sweeps anything.',
      'The rule of --lifecycle is added to those of the bucket, which stay; it is shown before it is written.',
    ],
    prepare: prepareSweep,
  },
  {
    name: 'link',
    summary: 'print a link to an object',
    usage: 's3://bucket/key | <key> --to NAME',
    leastArguments: 1,
    mostArguments: 1,
    options: linkOptions,
    notes: [
      'Stdout has the link alone. S3 and temporary keys may end it earlier than asked; stderr says when.',
      'It is tried first, as whoever gets it would. One that does not work is not printed, and fails the command.',
    ],
    prepare: prepareLink,
  },
  {
    name: 'links',
    summary: 'list the links that were given out, or end those to an object',
    usage: '[s3://bucket] | revoke s3://bucket/key',
    leastArguments: 0,
    mostArguments: 2,
    options: linksOptions,
    needsNoKeys: (given) => !isRevoking(given),
    notes: [
      'Of this computer, by the application and the command line: until when, signed with which key, and whom for.',
      'The links themselves are not kept anywhere.',
      'revoke moves the object to another key, on which all links to the old one end, and says first what else ends.',
      'It is asked for on a terminal; elsewhere it needs --yes. Deactivating the key that signed ends its links, too.',
    ],
    prepare: prepareLinks,
  },
  {
    name: 'request-upload',
    summary: 'print a link with which anybody can upload one file',
    usage: 's3://bucket/key | <name> --to NAME',
    leastArguments: 1,
    mostArguments: 1,
    options: requestUploadOptions,
    notes: [
      'Stdout has the link alone, or with --curl the command for the one who uploads; stderr has the headers to send.',
      'The upload must have the type that was asked for. Nothing can limit its size. It is as private as the bucket.',
      'With --to the name goes into the key template of the destination.',
    ],
    prepare: prepareRequestUpload,
  },
  {
    name: 'check',
    summary: 'ask whether everybody can read an object',
    usage: 's3://bucket/key',
    leastArguments: 1,
    mostArguments: 1,
    options: {},
    notes: [
      'Asks without signing for the URL that would be handed out, and prints public, private or unknown.',
      'Unknown, which is anything but a success or a refusal, ends with 1.',
    ],
    prepare: prepareCheck,
  },
  {
    name: 'scan',
    summary: 'find what everybody can read in a private prefix',
    usage: 's3://bucket/prefix | --to NAME',
    leastArguments: 0,
    mostArguments: 1,
    options: scanOptions,
    notes: [
      'Asks for every object without signing, 50 in a second, and prints the address of each that is public.',
      'Of more than 10,000 objects as many are asked for at random, and that is said. Nothing is changed.',
      'Ends with 0 only when every answer was a refusal, also that to listing the keys.',
    ],
    prepare: prepareScan,
  },
  {
    name: 'set-visibility',
    summary: 'make objects public or private',
    usage: 'public|private s3://bucket/key… | undo s3://bucket',
    leastArguments: 2,
    mostArguments: Number.POSITIVE_INFINITY,
    options: setVisibilityOptions,
    notes: [
      'An address that ends with a slash is everything below it.',
      'Does what the bucket needs: an ACL on each object, or Pail’s own statement in the bucket’s policy.',
      'B2 and R2 know a whole bucket only: it is opened and shut by their own switch, R2’s with the profile’s API token.',
      'Going public and changing policy or switch are asked for on a terminal; elsewhere they need --yes.',
      'Afterwards each object is asked for without signing. Another answer than the wanted one ends with 1.',
      'undo takes back the last change from this computer: the ACLs and the policy, but for what was changed since.',
    ],
    prepare: prepareSetVisibility,
  },
  {
    name: 'access',
    summary: 'tell what public and private mean in a bucket, and why',
    usage: 's3://bucket',
    leastArguments: 1,
    mostArguments: 1,
    options: {},
    notes: ['Changes nothing. What the key may not read is told as unknown.'],
    prepare: prepareAccess,
  },
  {
    name: 'destinations',
    summary: 'list the destinations of the application',
    usage: '',
    leastArguments: 0,
    mostArguments: 0,
    options: {},
    needsNoKeys: true,
    notes: ['--profile shows those of one profile.'],
    prepare: prepareDestinations,
  },
  {
    name: 'django',
    summary: 'turn Django settings into destinations, and destinations into Django settings',
    usage: 'import DIR | export s3://bucket --out DIR',
    leastArguments: 2,
    mostArguments: 2,
    options: djangoOptions,
    needsNoKeys: true,
    notes: [
      'import reads settings.py, the storages and .env as text: nothing is run, and no secret is kept.',
      'What cannot be told from the text is asked, with its file and line; --set answers.',
      'export writes s3_settings.py, storage_backends.py, .env.example, an IAM policy, and what the bucket needs.',
    ],
    prepare: prepareDjango,
  },
  {
    name: 'buckets',
    summary: 'list buckets',
    usage: '',
    leastArguments: 0,
    mostArguments: 0,
    options: {},
    prepare: prepareBuckets,
  },
  {
    name: 'mb',
    summary: 'make a bucket',
    usage: 's3://bucket',
    leastArguments: 1,
    mostArguments: 1,
    options: mbOptions,
    prepare: prepareMb,
  },
  {
    name: 'setup',
    summary: 'make a bucket for a site, with everything that it needs, or set up one that is there',
    usage: 's3://bucket --static… | undo s3://bucket',
    leastArguments: 1,
    mostArguments: 2,
    options: setupOptions,
    notes: [
      'Every call is printed before it is made; --dry-run prints what is sent with each, too, and the policy for the site’s key.',
      'ACLs are off, the public is kept out but for the public prefixes, and parts of uploads that nobody completes go.',
      'With --existing, the rules of others stay, and nothing is opened but the public prefixes; where that cannot be, nothing is done.',
      'What the service does not have is passed over and told. After any other failure nothing more is sent.',
      'undo takes back what the set-up made, the last call first; what was changed since stays, and a bucket with something in it.',
    ],
    prepare: prepareSetup,
  },
  {
    name: 'rb',
    summary: 'remove an empty bucket',
    usage: 's3://bucket',
    leastArguments: 1,
    mostArguments: 1,
    options: {},
    prepare: prepareRb,
  },
]
