namespace Sweeps.ModelCore.Torch;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>PyTorch's torch.nn.utils.</summary>
        public static class utils
        {
            /// <summary>Scales the gradients of all parameters so that their common Euclidean norm is at most <paramref name="max_norm"/>.</summary>
            /// <returns>the norm before; where it is not finite the gradients are left as they are</returns>
            public static double clip_grad_norm_(IReadOnlyList<Tensor> parameters, double max_norm)
            {
                using var scope = NewDisposeScope();
                using var _ = no_grad();
                var gradients = new List<Tensor>();
                foreach (var parameter in parameters)
                    if (parameter.grad is { } gradient) gradients.Add(gradient);
                if (gradients.Count == 0) return 0;

                var total = stack([.. gradients.Select(g => g.norm())]).norm().ToDouble();
                // As PyTorch's: the small constant keeps the factor finite.
                var factor = max_norm / (total + 1e-6);
                if (double.IsFinite(total) && factor < 1)
                    foreach (var gradient in gradients) gradient.mul_(factor);
                return total;
            }
        }
    }
}
