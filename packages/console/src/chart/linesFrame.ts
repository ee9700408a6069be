import type { ChartOption } from './option.js'
import type { ChartTheme } from './theme.js'

/** What every chart of lines has: colours, room for the axes, and a legend below that scrolls. */
export function linesFrame(theme: ChartTheme): ChartOption {
  return {
    animation: false,
    color: theme.palette,
    textStyle: { fontFamily: theme.font, color: theme.ink },
    grid: { left: 8, right: 14, top: 12, bottom: 34, outerBoundsMode: 'same' },
    legend: {
      type: 'scroll',
      bottom: 0,
      left: 0,
      itemWidth: 9,
      itemHeight: 9,
      icon: 'circle',
      textStyle: { color: theme.inkSoft, fontSize: 12 },
      pageIconColor: theme.inkSoft,
      pageIconInactiveColor: theme.line,
      pageTextStyle: { color: theme.inkSoft },
    },
  }
}
