using System.Globalization;
using Sweeps.Simulator;

// usage: Sweeps.Simulator [--seeds N] [--first N] | [--seed N [--mutation M]]
var options = new Dictionary<string, string>(StringComparer.Ordinal)
{
    ["--seeds"] = "1000",
    ["--first"] = "1",
    ["--seed"] = "",
    ["--mutation"] = nameof(Mutation.None)
};
for (var i = 0; i < args.Length; i += 2)
{
    if (i + 1 < args.Length && options.ContainsKey(args[i])) options[args[i]] = args[i + 1];
    else return Usage($"'{args[i]}'");
}
if (!int.TryParse(options["--seeds"], CultureInfo.InvariantCulture, out var seeds) || seeds < 1)
    return Usage($"--seeds {options["--seeds"]}");
if (!ulong.TryParse(options["--first"], CultureInfo.InvariantCulture, out var first)) return Usage($"--first {options["--first"]}");
if (!Enum.TryParse<Mutation>(options["--mutation"], out var mutation)) return Usage($"--mutation {options["--mutation"]}");
if (options["--seed"].Length > 0)
{
    if (!ulong.TryParse(options["--seed"], CultureInfo.InvariantCulture, out var seed)) return Usage($"--seed {options["--seed"]}");
    var verdict = Verdict.Of(seed, mutation);
    Console.WriteLine(verdict.Trace);
    return verdict.Violations.Count == 0 ? 0 : 1;
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    stop.Cancel();
};
var kept = new Campaign(first, seeds, stop.Token).Run();
return kept && (stop.IsCancellationRequested || MutationCheck.Run(Console.Out)) ? 0 : 1;

static int Usage(string problem)
{
    Console.Error.WriteLine(
        $"{problem}: expected --seeds N (N ≥ 1), --first N, or --seed N and --mutation {string.Join('|', Enum.GetNames<Mutation>())}");
    return 2;
}
