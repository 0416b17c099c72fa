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
