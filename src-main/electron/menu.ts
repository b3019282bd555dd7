import type { MenuItemConstructorOptions } from 'electron'

/** What the menu depends on. */
export interface MenuParts {
  readonly platform: NodeJS.Platform
  readonly isPackaged: boolean
}

/**
 * The native menu: standard roles alone, so that shortcuts, labels and services are the system's own. Copy and paste
 * in fields work only because the Edit menu has them (macOS).
 */
export function menuTemplate({ platform, isPackaged }: MenuParts): MenuItemConstructorOptions[] {
  const mac = platform === 'darwin'
  const edit: MenuItemConstructorOptions = {
    role: 'editMenu',
    submenu: [
      { role: 'undo' },
      { role: 'redo' },
      { type: 'separator' },
      { role: 'cut' },
      { role: 'copy' },
      { role: 'paste' },
      { role: 'selectAll' },
    ],
  }
  const view: MenuItemConstructorOptions = {
    label: 'View',
    submenu: [
      { role: 'resetZoom' },
      { role: 'zoomIn' },
      { role: 'zoomOut' },
      { type: 'separator' },
      { role: 'togglefullscreen' },
      ...(isPackaged
        ? []
        : ([
            { type: 'separator' },
            // Not Ctrl+R alone: a reload in the middle of work is for developers.
            { role: 'reload', accelerator: 'CmdOrCtrl+Shift+R' },
            { role: 'toggleDevTools' },
          ] satisfies MenuItemConstructorOptions[])),
    ],
  }
  return [
    ...(mac ? [{ role: 'appMenu' } satisfies MenuItemConstructorOptions] : []),
    mac
      ? { role: 'fileMenu' }
      : { label: 'File', submenu: [{ role: 'close' }, { type: 'separator' }, { role: 'quit' }] },
    edit,
    view,
    { role: 'windowMenu' },
    { role: 'help', submenu: [{ role: 'about' }] },
  ]
}
