/// The files of `scripts/plots/` as they are compiled in (`scripts/embed_plots.py` writes this).
///
/// A test compares each with its file, byte by byte.
enum EmbeddedPlotScripts {
  static let all: [(name: String, text: String)] = [
    (
      "activations",
      #"""
      # When each worker did what in one repeat, as it was submitted to as its last activation ended; a panel for each system.
      # Data, a block a panel: kind worker from to. Kind 1 is a start of a process, 2 a wait, from 3 on the action's stage.
      unset ytics
      set grid noytics xtics lc rgb "#dddddd" lw 0.6
      set multiplot
      do for [p=1:panels] {
        @place
        @title
        set xrange [0:Top[p]]
        set xtics nomirror Step[p] font small
        set yrange [Workers[p] - 0.4:-0.7]
        set ytics nomirror font small 0,(Workers[p] <= 8 ? 1 : (Workers[p] / 8 + 1)),Workers[p]-1
        axisName = "worker"
        @yName
        if (p + columns > panels) { set xlabel xLabel offset 0,0.5 } else { unset xlabel }
        plot for [s=1:legends] data index p-1 using ($1 == s && s != 2 ? $3 : NaN):2:3:4:($2-0.36):($2+0.36) with boxxyerror \
               fs solid 1 noborder fc rgb tint(s), \
             for [s=1:legends] data index p-1 using ($1 == s && s != 2 ? $3 : NaN):2:3:4:($2-0.36):($2+0.36) with boxxyerror \
               fs transparent pattern pattern(s) border lc rgb "#333333" lw 0.5 fc rgb colour(s), \
             data index p-1 using ($1 == 2 ? $3 : NaN):2:3:4:($2-0.52):($2-0.42) with boxxyerror \
               fs solid 1 border lc rgb colour(2) fc rgb colour(2)
        @unmark
      }
      unset multiplot

      """#
    ),
    (
      "latency",
      #"""
      # Latencies: the share of requests that took no longer, and the percentiles on an axis that stretches the tail.
      # Data, a block a panel: series x y; in the second panel x is 1/(1 - share), so that each decade is one more nine.
      set multiplot
      do for [p=1:panels] {
        @place
        @title
        # Room for half of the last tick's name.
        set rmargin at screen px(right(p) - 14)
        set xlabel XLabel[p] offset 0,0.5
        axisName = YLabel[p]
        @yName
        if (p == 1) {
          set logscale x 10; unset logscale y; set yrange [0:100]; set xrange [*:*]; set xtics autofreq nomirror font small; set ytics autofreq nomirror
          set format x "%.0s %cs"
        } else {
          set logscale x 10; set logscale y 10; set yrange [*:*]; set xrange [1:nines]
          set format y "%.0s %cs"; unset xtics
          set xtics nomirror ("0" 1, "90" 10, "99" 100, "99.9" 1000, "99.99" 10000, "99.999" 100000) font small
        }
        plot for [s=1:legends] data index p-1 using ($1 == s ? $2 : NaN):3 with lines lc rgb colour(s) dt dash(s) lw 1.6
        @unmark
      }
      unset multiplot

      """#
    ),
    (
      "phases",
      #"""
      # Where the wall time goes, stacked: waits for input, shuffle and output, compute in map and reduce.
      # Data, a block a panel: phase row from to. Rows are counted from below.
      set yrange [-0.6:rows - 0.4]
      set grid noytics xtics lc rgb "#dddddd" lw 0.6
      set multiplot
      do for [p=1:panels] {
        @place
        @title
        set xrange [0:Top[p]]
        set xtics nomirror Step[p] font small
        unset ytics
        if (panelColumn(p) == 0) { set ytics nomirror (RowName[1] 0) font small; do for [i=2:rows] { set ytics add (RowName[i] i-1) } } else { unset ytics }
        if (panelRow(p) == (panels - 1) / columns || p + columns > panels) { set xlabel xLabel offset 0,0.5 } else { unset xlabel }
        plot for [s=1:legends] data index p-1 using ($1 == s ? $3 : NaN):2:3:4:($2-0.36):($2+0.36) with boxxyerror \
               fs solid 1 noborder fc rgb tint(s), \
             for [s=1:legends] data index p-1 using ($1 == s ? $3 : NaN):2:3:4:($2-0.36):($2+0.36) with boxxyerror \
               fs transparent pattern pattern(s) border lc rgb "#333333" lw 0.5 fc rgb colour(s)
        @unmark
      }
      unset multiplot

      """#
    ),
    (
      "sizes",
      #"""
      # Lines over a logarithmic axis (sizes, depths), with 95 % intervals; a panel for each job.
      # Data, a block a panel: series x value low high.
      set logscale x 2
      set xrange [xLow:xHigh]
      set multiplot
      do for [p=1:panels] {
        @place
        @title
        if (logY) { set logscale y 10; set yrange [*:*]; set format y YFormat[p] } else { set yrange [0:Top[p]]; set ytics nomirror Step[p] }
        unset xtics
        set xtics nomirror (TickName[1] TickAt[1]) font small
        do for [i=2:ticks] { set xtics add (TickName[i] TickAt[i]) }
        axisName = yLabels ? YLabel[p] : panelColumn(p) == 0 ? yLabel : ""
        @yName
        if (p + columns > panels) { set xlabel xLabel offset 0,0.5 } else { unset xlabel }
        plot for [s=1:legends] data index p-1 using 2:($1 == s ? $4 : NaN):(0):($5-$4) with vectors \
               heads size screen 0.006,90 lw 1 lc rgb colour(s), \
             for [s=1:legends] data index p-1 using ($1 == s ? $2 : NaN):3 with linespoints \
               lc rgb colour(s) dt dash(s) lw 1.6 pt point(s) ps 0.7
        @unmark
      }
      unset multiplot

      """#
    ),
    (
      "style",
      #"""
      # The look of all plots; it comes before the script of each. One column of a paper is 480 pixels of SVG or 3.4 inches
      # of PDF wide, so that 14 pixels of font are 7 points in print (pdfcairo draws letters a quarter larger than it says).
      # Other formats: gnuplot -e "format='pdf'" NAME.gp
      if (!exists("format")) format = 'svg'
      if (format eq 'svg') set terminal svg size 480,height font "sans-serif,14" noenhanced background "white"
      if (format eq 'pdf') set terminal pdfcairo size 3.4,height*3.4/480.0 font "sans-serif,7" fontscale 0.8 linewidth 0.6 noenhanced
      if (format eq 'png') set terminal pngcairo size 960,height*2 font "sans-serif,14" fontscale 1.5 linewidth 2 noenhanced background "white"
      set output picture.'.'.format
      set encoding utf8
      set micro

      # Okabe and Ito's colours, told apart by the colour-blind; hatching, points and dashes tell them apart in black and white.
      array Colour[8] = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8A7A00", "#444444"]
      array Tint[8] = ["#CFE3F0", "#FBECCC", "#CCECE3", "#F5E4ED", "#DDF0FB", "#F7DFCC", "#FCFAD9", "#DADADA"]
      array Pattern[8] = [4, 5, 2, 6, 1, 7, 4, 5]
      array Point[8] = [7, 5, 9, 13, 6, 4, 8, 12]
      array Dash[8] = [1, 2, 4, 5, 3, 1, 2, 4]
      colour(i) = Colour[(i - 1) % 8 + 1]
      tint(i) = Tint[(i - 1) % 8 + 1]
      pattern(i) = Pattern[(i - 1 + (i - 1) / 8) % 8 + 1]
      point(i) = Point[(i - 1 + (i - 1) / 8) % 8 + 1]
      dash(i) = Dash[(i - 1 + (i - 1) / 8) % 8 + 1]

      set border 3 lc rgb "#555555"
      set tics nomirror textcolor rgb "#222222"
      set grid ytics lc rgb "#dddddd" lw 0.6
      set key off
      big = (format eq 'pdf') ? ",7" : ",14"
      small = (format eq 'svg') ? ",11" : (format eq 'pdf') ? ",5.5" : ",11"

      # Heights in pixels, from the picture's top: the legend, the panels, the caption. Screen coordinates count from below.
      px(x) = x / 480.0
      py(y) = 1.0 - y / real(height)
      legendRows = legends > 0 ? (legends + legendColumns - 1) / legendColumns : 0
      top = 6 + legendRows * 20
      bottom = captions * 15 + 6

      # An entry of the legend: a hatched box (kind 0) or a line with its point (kind 1).
      if (legends > 0) do for [i=1:legends] {
        legendX = 8 + ((i - 1) % legendColumns) * 472.0 / legendColumns
        legendY = 16 + ((i - 1) / legendColumns) * 20
        set label 1000+i Legend[i] at screen px(legendX + 34),py(legendY) left
        if (legendKind == 0) {
          set object 1000+i rectangle from screen px(legendX),py(legendY + 6) to screen px(legendX + 26),py(legendY - 6) \
            fc rgb tint(i) fs solid 1 noborder front
          set object 2000+i rectangle from screen px(legendX),py(legendY + 6) to screen px(legendX + 26),py(legendY - 6) \
            fc rgb colour(i) fs transparent pattern pattern(i) border lc rgb "#333333" front
        } else {
          set arrow 1000+i from screen px(legendX),py(legendY) to screen px(legendX + 28),py(legendY) nohead \
            lc rgb colour(i) dt dash(i) lw 1.6 front
          set label 2000+i "" at screen px(legendX + 14),py(legendY) point pt point(i) ps 0.7 lc rgb colour(i) front
        }
      }
      if (captions > 0) do for [i=1:captions] {
        set label 3000+i Caption[i] at screen px(8),py(height - bottom + 15 * i - 4) left font small textcolor rgb "#444444"
      }
      # The legend and the caption are drawn with the first panel only.
      unmark = 'do for [i=1:legends] { unset label 1000+i; unset object 1000+i; unset object 2000+i; unset arrow 1000+i; unset label 2000+i }; do for [i=1:captions] { unset label 3000+i }'

      # Panel p of `panels`, counted from 1, in `columns` columns of `panelHeight` pixels: axes within its margins.
      panelColumn(p) = (p - 1) % columns
      panelRow(p) = (p - 1) / columns
      panelWidth = (480.0 - leftMargin - 8) / columns
      left(p) = leftMargin + panelColumn(p) * panelWidth + (panelColumn(p) > 0 ? panelGap : 0)
      right(p) = leftMargin + (panelColumn(p) + 1) * panelWidth - 10
      upper(p) = top + panelRow(p) * panelHeight + 26
      lower(p) = top + (panelRow(p) + 1) * panelHeight - footMargin
      place = 'set lmargin at screen px(left(p)); set rmargin at screen px(right(p)); set tmargin at screen py(upper(p)); set bmargin at screen py(lower(p))'

      # Headings are set smaller where one would run into its neighbour.
      longest = 0
      do for [p=1:panels] { if (strlen(Title[p]) > longest) { longest = strlen(Title[p]) } }
      titleFont = longest * 7.8 > panelWidth - 8 ? small : big
      title = 'set title Title[p] offset 0,-0.6 font titleFont'

      # The name of a panel's y axis, where it is always in the picture.
      axisX(p) = panelColumn(p) == 0 ? 10 : left(p) - panelGap + 4
      yName = 'unset label 5000; if (axisName ne "") { set label 5000 axisName at screen px(axisX(p)),py((upper(p) + lower(p)) / 2.0) center rotate by 90 }'

      """#
    ),
    (
      "systems",
      #"""
      # Bars of each system with 95 % intervals; a panel for each job, with its own scale.
      # Data, a block a panel: series position value low high (low and high are the value where no interval is known).
      set xrange [-0.7:positions - 0.3]
      unset xtics
      set multiplot
      do for [p=1:panels] {
        @place
        @title
        set yrange [0:Top[p]]
        set ytics nomirror Step[p]
        axisName = panelColumn(p) == 0 ? yLabel : ""
        @yName
        plot for [s=1:legends] data index p-1 using ($1 == s ? $2 : NaN):3:($2-0.42):($2+0.42):(0):3 with boxxyerror \
               fs solid 1 noborder fc rgb tint(s), \
             for [s=1:legends] data index p-1 using ($1 == s ? $2 : NaN):3:($2-0.42):($2+0.42):(0):3 with boxxyerror \
               fs transparent pattern pattern(s) border lc rgb "#333333" fc rgb colour(s), \
             data index p-1 using 2:4:(0):($5-$4) with vectors heads size screen 0.008,90 lw 1.6 lc rgb "#000000"
        @unmark
      }
      unset multiplot

      """#
    ),
    (
      "table1",
      #"""
      # Bytes as ratios to the input beside the paper's Table 1: bars are ours, the paper's range is the thick line.
      # Data, a block a panel: series position value low high; series 1 is ours, 2 the paper's middle with its range.
      set xrange [-0.7:positions - 0.3]
      set multiplot
      do for [p=1:panels] {
        @place
        @title
        unset xtics
        set xtics nomirror font small rotate by 30 right offset 0.4,-0.2 (TickName[1] 0)
        do for [i=2:positions] { set xtics add (TickName[i] i-1) }
        if (LogY[p]) { set logscale y 10; set yrange [0.0001:2]; set ytics autofreq nomirror; base = 0.0001 } else { unset logscale y; set yrange [0:Top[p]]; set ytics nomirror Step[p]; base = 0 }
        axisName = panelColumn(p) == 0 ? yLabel : ""
        @yName
        plot for [s=1:2] data index p-1 using ($1 == s ? $2 : NaN):3:($2+(s-1)*0.38-0.38):($2+(s-1)*0.38):(base):3 with boxxyerror \
               fs solid 1 noborder fc rgb tint(s), \
             for [s=1:2] data index p-1 using ($1 == s ? $2 : NaN):3:($2+(s-1)*0.38-0.38):($2+(s-1)*0.38):(base):3 with boxxyerror \
               fs transparent pattern pattern(s) border lc rgb "#333333" fc rgb colour(s), \
             data index p-1 using ($1 == 2 ? $2 + 0.19 : NaN):4:(0):($5-$4) with vectors heads size screen 0.008,90 lw 1.6 \
               lc rgb "#000000"
        @unmark
      }
      unset multiplot

      """#
    ),
    (
      "table2",
      #"""
      # Requests a second of each pattern beside the paper's Table 2; a panel for each tier.
      # Data, a block a panel: series position value low high; series 1 is ours, 2 the paper's.
      set xrange [-0.7:positions - 0.3]
      set logscale y 10
      set yrange [1000:*]
      set format y "%.0s%c"
      set multiplot
      do for [p=1:panels] {
        @place
        @title
        unset xtics
        set xtics nomirror font small rotate by 30 right offset 0.4,-0.2 (TickName[1] 0)
        do for [i=2:positions] { set xtics add (TickName[i] i-1) }
        axisName = panelColumn(p) == 0 ? yLabel : ""
        @yName
        plot for [s=1:2] data index p-1 using ($1 == s ? $2 : NaN):3:($2+(s-1)*0.38-0.38):($2+(s-1)*0.38):(1000):3 with boxxyerror \
               fs solid 1 noborder fc rgb tint(s), \
             for [s=1:2] data index p-1 using ($1 == s ? $2 : NaN):3:($2+(s-1)*0.38-0.38):($2+(s-1)*0.38):(1000):3 with boxxyerror \
               fs transparent pattern pattern(s) border lc rgb "#333333" fc rgb colour(s)
        @unmark
      }
      unset multiplot

      """#
    ),
  ]
}
