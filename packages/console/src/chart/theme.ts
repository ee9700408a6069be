import { useSyncExternalStore } from 'react'

/** The stylesheet's colours, for what is drawn on a canvas. */
export interface ChartTheme {
  ink: string
  inkSoft: string
  line: string
  accent: string
  surface: string
  font: string
  /** Colours of lines. */
  palette: string[]
  /** Colours of a heatmap, from little to much. */
  ramp: string[]
  tooltip: {
    backgroundColor: string
    borderColor: string
    textStyle: { color: string; fontSize: number; fontFamily: string }
    confine: boolean
    transitionDuration: number
  }
}

const darkness = () => window.matchMedia('(prefers-color-scheme: dark)')
let read: { dark: boolean; theme: ChartTheme } | undefined

/** The theme in force; components are rendered again when the reader's system changes it. */
export function useTheme(): ChartTheme {
  return useSyncExternalStore(onSchemeChange, currentTheme)
}

function onSchemeChange(listener: () => void): () => void {
  const query = darkness()
  query.addEventListener('change', listener)
  return () => query.removeEventListener('change', listener)
}

function currentTheme(): ChartTheme {
  const dark = darkness().matches
  if (read?.dark !== dark) read = { dark, theme: readTheme() }
  return read.theme
}

function readTheme(): ChartTheme {
  const style = getComputedStyle(document.documentElement)
  const value = (name: string) => style.getPropertyValue(`--${name}`).trim()
  const list = (name: string) => value(name).split(/\s+/)
  const ink = value('ink')
  const font = value('font')
  return {
    ink,
    inkSoft: value('ink-soft'),
    line: value('line'),
    accent: value('accent'),
    surface: value('surface'),
    font,
    palette: list('chart-palette'),
    ramp: list('chart-ramp'),
    tooltip: {
      backgroundColor: value('surface-raised'),
      borderColor: value('line'),
      textStyle: { color: ink, fontSize: 12, fontFamily: font },
      confine: true,
      transitionDuration: 0.1,
    },
  }
}
