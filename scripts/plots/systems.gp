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
