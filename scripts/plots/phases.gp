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
