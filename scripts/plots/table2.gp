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
