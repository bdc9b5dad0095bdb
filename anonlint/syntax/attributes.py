"""Words of the kernel's own syntax that say nothing about what a function does."""

# Attributes that stand alone. Type names that look alike (__u32, __le16) must not be here.
BARE = frozenset(
    b"""
    __user __iomem __percpu __rcu __force __kernel __nocast __private __safe __bitwise
    __init __exit __initdata __exitdata __initconst __meminit __meminitdata __memexit __net_init __net_exit
    __init_memblock __initdata_memblock __paginginit __ref __refdata __init_or_module
    __must_check __always_unused __maybe_unused __unused __used __read_mostly __ro_after_init __bss_pgtbl
    __always_inline __inline __inline__ noinline noinline_for_stack noinline_for_tracing nokprobe_inline
    notrace asmlinkage __sched __cpuidle __lockfunc __kprobes noinstr __bpf_kfunc __softirq_entry __irq_entry
    __cold __hot __pure __attribute_const__ __weak __visible __noreturn __latent_entropy __malloc __naked
    __flatten __noclone __packed __deprecated __designated_init __randomize_layout __no_randomize_layout
    __no_sanitize_address __no_sanitize_thread __no_sanitize_memory __no_sanitize_or_inline
    __no_sanitize_undefined __no_sanitize_coverage __no_kasan_or_inline __no_kcsan __no_kcsan_or_inline
    __no_kmsan_checks __no_profile __no_stack_protector __nostackprotector __nocfi __no_caller_saved_registers
    ____cacheline_aligned __cacheline_aligned ____cacheline_aligned_in_smp __cacheline_aligned_in_smp
    __page_aligned_bss __page_aligned_data __nonstring __signed__ __extension__ __label__
    """.split()
)

# Attributes that take arguments: these go as well.
WITH_ARGUMENTS = frozenset(
    b"""
    __attribute__ __attribute __declspec _Alignas
    __releases __acquires __must_hold __must_not_hold __cond_acquires __cond_releases
    __releases_shared __acquires_shared __must_hold_shared __no_context_analysis
    __printf __scanf __aligned __section __alias __alloc_size __realloc_size __assume_aligned
    __free __cleanup __no_sanitize __counted_by __copy __compiletime_error __compiletime_warning
    __target __access __nonnull __diagnose_as __diagnose_if __cond_lock_attr
    """.split()
)
