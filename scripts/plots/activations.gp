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
