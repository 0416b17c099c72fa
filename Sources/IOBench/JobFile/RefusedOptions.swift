/// What fio knows and this program does not do, each with the reason that its error gives.
enum RefusedOptions {
  static let all: [JobOption] = groups.flatMap { reason, names in
    names.split(separator: " ").map { entry in
      // `name/alias`.
      let words = entry.split(separator: "/").map(String.init)
      var option = JobOption.refused(words[0], because: reason)
      option.aliases = Array(words.dropFirst())
      return option
    }
  }

  /// A reason, and the options that it is of, blanks between them.
  private static let groups: [(reason: String, names: String)] = [
    (
      "blocks have one size each for reads, writes and trims (bs)",
      "bsrange/blocksize_range bssplit ba/blockalign"
    ),
    (
      "requests are drawn without a second law over them",
      """
      softrandommap percentage_sequential random_sequence_stride sprandom spr_num_regions spr_op spr_cs \
      num_range offset_align rwmixcycle
      """
    ),
    ("use stonewall", "wait_for"),
    (
      "jobs do not end or steer each other",
      "exitall exit_what exitall_on_error flow flow_id flow_watermark flow_sleep"
    ),
    (
      "a file belongs to its job, and all its files are open",
      "lockfile opendir openfiles file_service_type unique_filename"
    ),
    ("test files are removed after the run unless kept on request", "unlink unlink_each_loop"),
    (
      "test files are written whole, with incompressible data, before the clock starts",
      """
      overwrite buffer_pattern buffer_compress_percentage buffer_compress_chunk dedupe_percentage \
      dedupe_global dedupe_mode dedupe_working_set_percentage
      """
    ),
    ("a mounted device is never written to", "allow_mounted_write"),
    ("the page cache is steered by invalidate and direct alone", "fadvise_hint uncached write_hint"),
    ("use fsync or fdatasync", "write_barrier sync_file_range end_fsync fsync_on_close end_syncfs"),
    ("use io_size, size or runtime", "ramp_size"),
    (
      "the clock is CLOCK_MONOTONIC, its cost is measured and told",
      "clocksource gtod_cpu job_start_clock_id"
    ),
    ("it belongs to fio's profile tiobench; the option for threads is thread", "threads"),
    ("buffers are aligned to a page", "iomem_align/mem_align hugepage-size thp"),
    (
      "verify checks the whole block once the job has written",
      """
      verify_only verify_policy verifysort verifysort_nr verify_interval/header_interval verify_offset \
      verify_pattern_interval verify_async verify_async_cpus verify_backlog verify_backlog_batch \
      verify_state_load verify_state_save verify_write_sequence verify_header_seed experimental_verify
      """
    ),
    ("trim is not supported", "trim_percentage trim_verify_zero trim_backlog trim_backlog_batch"),
    (
      "traces are not replayed or written",
      """
      write_iolog read_iolog read_iolog_chunked replay_no_stall replay_redirect replay_scale replay_align \
      replay_time_scale replay_skip merge_blktrace_file merge_blktrace_scalars merge_blktrace_iters
      """
    ),
    ("a job file runs no other programs", "exec_prerun exec_postrun"),
    (
      "the machine's own settings are left alone",
      "ioscheduler lockmem nice prio prioclass priohint cgroup cgroup_nodelete cgroup_weight uid gid comm"
    ),
    (
      "zoned devices are not supported",
      """
      zonesize zonecapacity zonerange zoneskip read_beyond_wp max_open_zones job_max_open_zones \
      ignore_zone_limits zone_reset_threshold zone_reset_frequency recover_zbd_write_error \
      write_zone_remainder
      """
    ),
    (
      "data placement is not supported",
      "fdp dataplacement/data_placement plid_select/fdp_pli_select plids/fdp_pli dp_scheme"
    ),
    ("a pause is thinktime, thinktime_spin and thinktime_blocks", "thinkcycles thinktime_iotime"),
    (
      "a rate is rate or rate_iops; what was reached stands in the results",
      "rate_min/ratemin rate_iops_min rate_cycle/ratecycle rate_ignore_thinktime"
    ),
    (
      "the load is given, not searched by latency",
      "max_latency latency_target latency_window latency_percentile latency_run"
    ),
    ("use cpus_allowed", "cpumask"),
    (
      "there is one log of each kind (log_avg_msec)",
      """
      per_job_logs log_entries log_hist_msec log_hist_coarseness write_hist_log \
      log_window_value/log_max_value log_prio log_issue_time log_compression log_compression_cpus \
      log_store_compressed log_unix_epoch log_alternate_epoch log_alternate_epoch_clock_id
      """
    ),
    ("bandwidth and IOPS are sampled each half second", "bwavgtime iopsavgtime"),
    (
      "percentiles are those of completion latency (percentile_list)",
      "lat_percentiles slat_percentiles block_error_percentiles significant_figures"
    ),
    ("an error ends its job", "ignore_error"),
    ("figures are bytes a second", "unit_base"),
    ("a profile's jobs are to be written out", "profile"),
    ("graphics processors are not supported", "gpu_dev_id gpu_dev_ids cuda_io rocm_io"),
    (
      "the io_uring engine uses plain completions (fixedbufs and registerfiles are supported)",
      """
      hipri hipri_percentage sqthread_poll sqthread_poll_cpu nonvectored nowait force_async readfua \
      writefua
      """
    ),
    ("the libaio engine uses plain requests", "userspace_reap libaio_vectored"),
    (
      "requests have one priority",
      "cmdprio cmdprio_percentage cmdprio_class cmdprio_hint cmdprio_bssplit"
    ),
    (
      "its engine is not supported",
      """
      cmd_type write_mode verify_mode read_mode cdb_len verify_bytchk md_per_io_size pi_act pi_chk apptag \
      apptag_mask deac stream_id sg_write_mode stat_type cpuload cpuchunks cpumode exit_on_io_done \
      donorname inplace hostname port protocol listen pingpong interface ttl nodelay mss window_size \
      bindname verb busy_poll clustername clientname pool rbdname touch_objects conf volume brick namenode \
      hdfsdirectory hdfs_use_direct chunk_size single_instance single-instance skip_bad uri nfs_url http_host http_user \
      http_pass https http_mode http_verbose http_s3_region http_s3_key http_s3_keyid \
      http_s3_security_token http_s3_sse_customer_key http_s3_sse_customer_algorithm http_s3_storage_class \
      http_swift_auth_token http_object_mode object_class svcl cont program arguments grace_time \
      std_redirect no_completion_thread libblkio_driver libblkio_path libblkio_pre_connect_props \
      libblkio_num_entries libblkio_queue_size libblkio_pre_start_props libblkio_vectored \
      libblkio_write_zeroes_on_trim libblkio_wait_mode libblkio_force_enable_completion_eventfd \
      xnvme_async xnvme_sync xnvme_admin xnvme_be xnvme_mem xnvme_dev_nsid xnvme_dev_subnqn xnvme_iovec \
      serverip direct_write_to_pmem busy_wait_polling initiator cpp_null
      """
    ),
  ]
}
