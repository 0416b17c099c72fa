# When each worker did what in one repeat, as it was submitted to as its last activation ended; a panel for each system.
# Data, a block a panel: kind worker from to. Kind 1 is a start of a process, 2 a wait, from 3 on the action's stage.
set xrange [0:*]
unset ytics
set grid noytics xtics lc rgb "#dddddd" lw 0.6
set multiplot
do for [p=1:panels] {
  @place
  set title Title[p] offset 0,-0.6
  set yrange [Workers[p] - 0.4:-0.7]
  set ytics font small
  if (Workers[p] <= 16) { set ytics 0,1,Workers[p]-1 } else { set ytics autofreq }
  set ylabel "worker" offset 1,0
  if (p + columns > panels) { set xlabel xLabel offset 0,0.5 } else { unset xlabel }
  plot for [s=1:legends] data index p-1 using ($1 == s && s != 2 ? $3 : NaN):2:3:4:($2-0.36):($2+0.36) with boxxyerror \
         fs solid 1 noborder fc rgb tint(s), \
       for [s=1:legends] data index p-1 using ($1 == s && s != 2 ? $3 : NaN):2:3:4:($2-0.36):($2+0.36) with boxxyerror \
         fs pattern pattern(s) border lc rgb "#333333" fc rgb colour(s), \
       data index p-1 using ($1 == 2 ? $3 : NaN):2:3:4:($2-0.52):($2-0.42) with boxxyerror \
         fs solid 1 border lc rgb colour(2) fc rgb colour(2)
  @unmark
}
unset multiplot
