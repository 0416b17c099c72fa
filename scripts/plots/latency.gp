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
