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
